// The article view's buttons, and the scroll to the highlighted words each time an article is opened.

const scrolledFor = new WeakMap();

export default function ({ data, parentElement }) {
  const tools = parentElement.querySelector(".tools");
  tools.replaceChildren(
    ...[
      data.reference && copyButton("Copy quote with reference", data.reference, "Quote, outlet, title, date and address"),
      data.address &&
        element("a", { href: data.address, target: "_blank", rel: "noopener noreferrer" }, "Open the original ↗"),
    ].filter(Boolean),
  );
  if (scrolledFor.get(tools) === data.openCount) return;
  let attempts = 0;
  const scroll = () => {
    const view = document.querySelector(".st-key-article-view");
    const mark = view?.querySelector("mark");
    if (mark) {
      scrolledFor.set(tools, data.openCount);
      mark.tabIndex = -1;
      // Scroll only if the mark is not in view from the top, so that title, outlet and date stay visible.
      view.scrollTop = 0;
      if (mark.getBoundingClientRect().bottom > 0.8 * innerHeight) mark.scrollIntoView({ block: "center" });
      mark.focus({ preventScroll: true });
    } else if (!data.reference && view) {
      scrolledFor.set(tools, data.openCount);
      view.scrollTop = 0;
    } else if (attempts++ < 60) {
      // Streamlit draws the text separately, shortly before or after this component.
      timer = setTimeout(scroll, 50);
    }
  };
  let timer = setTimeout(scroll, 50);
  return () => clearTimeout(timer);
}
