// The bar of the article view, its keys, and the scroll to the highlighted words each time an article is opened.

const scrolledFor = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const bar = parentElement.querySelector(".bar");
  const view = parentElement.closest?.(".st-key-article-view") ?? document.querySelector(".st-key-article-view");
  const close = () => setTriggerValue("close", true);
  const step = (by) => setTriggerValue("step", by);
  bar.replaceChildren(...controls(data, close, step).filter(Boolean));
  const onKey = (event) => {
    const typing = event.composedPath()[0]?.matches?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && !document.querySelector("[role=dialog]")) close();
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "j" && data.next !== null) step(1);
    else if (event.key === "k" && data.previous !== null) step(-1);
  };
  document.addEventListener("keydown", onKey);
  view?.setAttribute("role", "region");
  view?.setAttribute("aria-label", `Article: ${data.title}`);
  let timer;
  if (scrolledFor.get(bar) !== data.opened) timer = setTimeout(scroll, 20);
  let attempts = 0;
  function scroll() {
    const marks = [...(view?.querySelectorAll("mark.current") ?? [])];
    const text = view?.querySelector(".bf-text")?.dataset.opened;
    // Streamlit draws the text separately, shortly before or after this component.
    if (!view || (text !== data.opened && attempts++ < 100)) {
      timer = setTimeout(scroll, 20);
      return;
    }
    scrolledFor.set(bar, data.opened);
    // Scroll only if the mark is not in view from the top, so that title, outlet and date stay visible.
    view.scrollTop = 0;
    const last = marks.at(-1);
    if (last && last.getBoundingClientRect().bottom > 0.8 * innerHeight) marks[0].scrollIntoView({ block: "center" });
    // From here the Tab key reaches the bar first.
    view.tabIndex = -1;
    view.focus({ preventScroll: true });
  }
  return () => {
    clearTimeout(timer);
    document.removeEventListener("keydown", onKey);
  };
}

function controls(data, close, step) {
  const link = () => pageAddress({ read: data.place });
  const turn = (label, description, by, possible) =>
    element(
      "button",
      { type: "button", class: "step", "aria-label": description, title: description, disabled: !possible && "", onclick: () => step(by) },
      label,
    );
  return [
    data.reference && copyButton("Copy quote", () => `${data.reference} ${link()}`, "With outlet, title, date and address"),
    copyButton("Copy link", link, "To these words of the article"),
    data.address &&
      element("a", { href: data.address, target: "_blank", rel: "noopener noreferrer" }, "Open original", element("span", { "aria-hidden": "true" }, " ↗")),
    data.position &&
      element(
        "span",
        { class: "steps", role: "group", "aria-label": "Citations of the answer" },
        turn("‹", "Previous citation (k)", -1, data.previous !== null),
        element("span", {}, data.position),
        turn("›", "Next citation (j)", 1, data.next !== null),
      ),
    element("button", { type: "button", class: "close", title: "Close (Esc)", onclick: close }, "Close"),
    data.source && element("p", { class: "now-read" }, element("strong", { dir: "auto" }, data.title), " · ", element("bdi", {}, data.source)),
  ];
}
