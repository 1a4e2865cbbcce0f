// Draws one answer from plain data. Everything an article or a model wrote becomes a text node.

const drawn = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".answer");
  const open = (list, index) => setTriggerValue("open", { list, index });
  const content = JSON.stringify(data.answer);
  const first = !drawn.has(root);
  if (drawn.get(root) !== content) {
    drawn.set(root, content);
    root.replaceChildren(...parts(data.answer, open).filter(Boolean));
  }
  for (const node of root.querySelectorAll("[data-n]")) {
    const current = Number(node.dataset.n) === data.opened;
    node.classList.toggle("opened", current);
    if (current) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
  if (first && data.newest) scrollToQuestion(root);
}

function parts(answer, open) {
  return [
    answer.reason !== null ? abstention(answer) : null,
    answer.short && shortAnswer(answer),
    answer.sentences.length > 0 && sentences(answer, open),
    ...answer.notes.map((note) => element("p", { class: "note" }, note)),
    answer.sources.length > 0 && sources(answer, open),
    answer.nearest.length > 0 && nearest(answer, open),
    element("p", { class: "about" }, ...answer.about.map((line) => element("span", {}, line))),
  ];
}

function shortAnswer(answer) {
  return element(
    "p",
    { class: "short" },
    answer.short,
    answer.shortDate && element("span", { class: "short-date" }, ` ${answer.shortDate}`),
  );
}

function sentences(answer, open) {
  const box = element("div", { class: answer.quoting ? "sentences quoting" : "sentences" });
  for (const sentence of answer.sentences) {
    const markers = sentence.citations.map((n) => marker(answer, n, open));
    // The markers stay on the line of the last word, unless that is no common word but an address.
    const last = sentence.text.lastIndexOf(" ") + 1;
    const common = sentence.text.length - last < 30;
    const end = element("span", { class: common && "end" }, sentence.text.slice(last), ...markers);
    box.append(element(answer.quoting ? "p" : "span", { class: "sentence" }, sentence.text.slice(0, last), end));
    if (!answer.quoting) box.append(" ");
  }
  return box;
}

function marker(answer, n, open) {
  const index = answer.sources.findIndex((source) => source.n === n);
  const source = answer.sources[index];
  if (!source) return null;
  return element(
    "button",
    {
      type: "button",
      class: "marker",
      "data-n": n,
      title: `${source.title}\n${source.byline}`,
      "aria-label": `Source ${n}: ${source.title}, ${source.byline}. Read it in the article`,
      onclick: () => open("citations", index),
    },
    String(n),
  );
}

function abstention(answer) {
  return element(
    "div",
    { class: "abstention", role: "note" },
    element("p", { class: "verdict" }, "No answer in the archive"),
    element("p", {}, answer.reason),
  );
}

function sources(answer, open) {
  const list = element("ol", { class: "sources", "aria-label": "Sources" });
  answer.sources.forEach((source, index) => list.append(card(source, () => open("citations", index))));
  return list;
}

function card(source, open) {
  const badges = [
    source.corrected && element("span", { class: "badge" }, "Corrected"),
    source.unverified && element("span", { class: "badge doubt" }, "Support not found"),
  ].filter(Boolean);
  return element(
    "li",
    { class: "source", "data-n": source.n },
    element("span", { class: "number", "aria-hidden": "true" }, String(source.n)),
    element(
      "div",
      { class: "body" },
      element("button", { type: "button", class: "title", onclick: open }, source.title),
      element("p", { class: "byline" }, source.byline, ...badges),
      source.quote && element("blockquote", { title: source.quote }, source.quote),
      source.also.length > 0 && element("p", { class: "also" }, `Also carried by ${source.also.join(", ")}`),
      element(
        "div",
        { class: "actions" },
        element("button", { type: "button", onclick: open }, "Read in the article"),
        copyButton("Copy quote", source.reference, "With outlet, title, date and address"),
      ),
    ),
  );
}

function nearest(answer, open) {
  const list = element("ul", {});
  for (const passage of answer.nearest) {
    list.append(
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", class: "title", onclick: () => open("passages", passage.index) },
          passage.title || "Untitled",
        ),
        element("span", { class: "byline" }, passage.byline),
      ),
    );
  }
  if (answer.reason !== null) {
    return element("section", { class: "nearest" }, element("h3", {}, "The nearest articles"), list);
  }
  return element("details", { class: "nearest" }, element("summary", {}, "Other articles found"), list);
}
