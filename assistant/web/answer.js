// Draws one answer from plain data. All text of articles and models becomes text nodes, never HTML.

const drawnContent = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".answer");
  const open = (list, index) => setTriggerValue("open", { list, index });
  const content = JSON.stringify(data.answer);
  const first = !drawnContent.has(root);
  if (drawnContent.get(root) !== content) {
    drawnContent.set(root, content);
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
    answer.headline && headline(answer),
    answer.heading && element("h3", { class: "heading" }, answer.heading),
    answer.sentences.length > 0 && sentences(answer, open),
    ...answer.notes.map((note) => element("p", { class: "note" }, note)),
    answer.sources.length > 0 && sources(answer, open),
    answer.nearest.length > 0 && nearest(answer, open),
    element("p", { class: "about" }, ...answer.about.map((line) => element("span", {}, line))),
  ];
}

function headline(answer) {
  return element(
    "p",
    { class: "headline" },
    answer.headline,
    answer.headlineDate && element("span", { class: "headline-date" }, ` ${answer.headlineDate}`),
  );
}

function sentences(answer, open) {
  const box = element("div", { class: answer.quoting ? "sentences quoting" : "sentences" });
  for (const sentence of answer.sentences) {
    const markers = sentence.citations.map((n) => marker(answer, n, open));
    box.append(
      element(
        answer.quoting ? "p" : "span",
        { class: "sentence" },
        sentence.introduction && element("span", { class: "introduction" }, `${sentence.introduction} `),
        ...words(sentence, markers),
      ),
    );
    if (!answer.quoting) box.append(" ");
  }
  return box;
}

function words(sentence, markers) {
  const pieces = [
    { text: sentence.before },
    { text: sentence.emphasis, emphasised: true },
    { text: sentence.after },
  ].filter((piece) => piece.text);
  const wrap = (piece, text) => (piece.emphasised && text ? element("strong", {}, text) : text);
  const last = pieces.pop() ?? { text: "" };
  // The markers stay on the line of the last word, unless that word is long, such as an address.
  const split = last.text.lastIndexOf(" ") + 1;
  const short = last.text.length - split < 30;
  return [
    ...pieces.map((piece) => wrap(piece, piece.text)),
    wrap(last, last.text.slice(0, split)),
    element("span", { class: short && "last-word" }, wrap(last, last.text.slice(split)), ...markers),
  ];
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
      title: `${source.title}\n${source.sourceLine}`,
      "aria-label": `Source ${n}: ${source.title}, ${source.sourceLine}. Read it in the article`,
      onclick: () => open("citations", index),
    },
    String(n),
  );
}

function abstention(answer) {
  return element(
    "div",
    { class: "abstention", role: "note" },
    element("p", { class: "abstention-title" }, "No answer in the archive"),
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
    source.unverified && element("span", { class: "badge unverified" }, "Support not found"),
  ].filter(Boolean);
  return element(
    "li",
    { class: "source", "data-n": source.n },
    element("span", { class: "number", "aria-hidden": "true" }, String(source.n)),
    element(
      "div",
      { class: "body" },
      element("button", { type: "button", class: "title", onclick: open }, source.title),
      element("p", { class: "source-line" }, source.sourceLine, ...badges),
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
          passage.title,
        ),
        element("span", { class: "source-line" }, passage.sourceLine),
      ),
    );
  }
  if (answer.reason !== null) {
    return element("section", { class: "nearest" }, element("h3", {}, "The nearest articles"), list);
  }
  return element("details", { class: "nearest" }, element("summary", {}, "Other articles found"), list);
}
