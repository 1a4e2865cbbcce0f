// The reader's tools, and the scroll to the marked words each time an article is opened.

const shown = new WeakMap();

export default function ({ data, parentElement }) {
  const tools = parentElement.querySelector(".tools");
  tools.replaceChildren(
    ...[
      data.reference && copyButton("Copy quote with reference", data.reference, "Quote, outlet, title, date and address"),
      data.address &&
        element("a", { href: data.address, target: "_blank", rel: "noopener noreferrer" }, "Open the original ↗"),
    ].filter(Boolean),
  );
  if (shown.get(tools) === data.times) return;
  let waits = 0;
  const scroll = () => {
    const panel = document.querySelector(".st-key-reader");
    const mark = panel?.querySelector("mark");
    if (mark) {
      shown.set(tools, data.times);
      mark.tabIndex = -1;
      // What can be read below the article's head is left there: the head says whose words they are.
      panel.scrollTop = 0;
      if (mark.getBoundingClientRect().bottom > 0.8 * innerHeight) mark.scrollIntoView({ block: "center" });
      mark.focus({ preventScroll: true });
    } else if (!data.reference && panel) {
      shown.set(tools, data.times);
      panel.scrollTop = 0;
    } else if (waits++ < 60) {
      // The text is drawn beside this component, a moment before or after it.
      timer = setTimeout(scroll, 50);
    }
  };
  let timer = setTimeout(scroll, 50);
  return () => clearTimeout(timer);
}
