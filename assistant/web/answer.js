// Draws one turn from plain data. All text of articles and models becomes text nodes, never HTML.

const drawnContent = new WeakMap();
const openedBefore = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".answer");
  const actions = {
    open: (list, index) => setTriggerValue("open", { list, index }),
    revise: (change) => setTriggerValue("revise", change),
    judge: (feedback) => setTriggerValue("feedback", feedback),
    link: (parameters) => pageAddress({ c: currentConversation(), turn: data.turn, ...parameters }),
  };
  const content = JSON.stringify(data.answer);
  const first = !drawnContent.has(root);
  if (drawnContent.get(root) !== content) {
    drawnContent.set(root, content);
    root.replaceChildren(...parts(data.answer, actions).filter(Boolean));
    if (data.arrived) announce(spoken(data.answer));
  }
  for (const node of root.querySelectorAll("[data-n]")) {
    const current = Number(node.dataset.n) === data.opened;
    node.classList.toggle("opened", current);
    if (current) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
  // When the article is closed, the keyboard continues where the article was opened.
  const before = openedBefore.get(root);
  openedBefore.set(root, data.opened);
  if (before && !data.opened) focusMarker(root, before);
  if (first && data.scrolls) scrollToQuestion(root);
}

function focusMarker(root, n, attempts = 0) {
  const view = document.querySelector(".st-key-article-view");
  if (view && attempts < 50) setTimeout(() => focusMarker(root, n, attempts + 1), 40);
  else if (!view && document.activeElement === document.body)
    root.querySelector(`.marker[data-n="${n}"]`)?.focus({ preventScroll: true });
}

function parts(answer, actions) {
  if (answer.unanswered !== null) return [understood(answer, actions), unanswered(answer, actions)];
  return [
    understood(answer, actions),
    answer.reason !== null ? abstention(answer, actions) : null,
    ...answer.warnings.map((warning) => element("p", { class: "warning", role: "note" }, warning)),
    answer.headline && headline(answer),
    answer.heading && element("h3", { class: "heading" }, answer.heading),
    answer.sentences.length > 0 && sentences(answer, actions),
    answer.sources.length > 0 && sources(answer, actions),
    answer.nearest.length > 0 && nearest(answer, actions),
    element("p", { class: "about" }, ...answer.about.map((line) => element("span", {}, line))),
    element(
      "div",
      { class: "actions" },
      answer.sentences.length > 0 &&
        copyButton("Copy answer", () => `${answer.copied}\n\n${actions.link()}`, "With its sources"),
      copyButton("Copy link to this answer", () => actions.link()),
      feedback(answer, actions),
    ),
  ];
}

// What the user thinks of the answer: a verdict, which a second press takes back, and a note.
function feedback({ feedback: given, sentences }, { judge }) {
  const verdicts = { right: "Right", wrong: "Wrong", ...(sentences.length > 0 && { wrong_citation: "Wrong citation" }) };
  const box = element("span", { class: "feedback", role: "group", "aria-label": "Was this right?" }, "Was this right?");
  for (const [verdict, label] of Object.entries(verdicts)) {
    const pressed = given?.verdict === verdict;
    box.append(
      element(
        "button",
        {
          type: "button",
          class: "chip",
          "aria-pressed": String(pressed),
          onclick: () => judge({ verdict: pressed ? null : verdict, note: given?.note ?? "" }),
        },
        label,
      ),
    );
  }
  if (given) {
    const note = element("input", { type: "text", maxlength: 2000, "aria-label": "Note on this answer", placeholder: "Add a note, then press Enter", dir: "auto" });
    note.value = given.note;
    note.addEventListener("change", () => judge({ verdict: given.verdict, note: note.value }));
    box.append(note);
  }
  return box;
}

function spoken(answer) {
  if (answer.unanswered !== null) return answer.unanswered;
  if (answer.reason !== null) return "No answer in the archive";
  return `Answer ready: ${answer.sources.length === 1 ? "1 source" : `${answer.sources.length} sources`}`;
}

// How the question was read. Each part that restricts the search can be taken away; the text can be edited.
function understood({ understood: read, unanswered }, { revise }) {
  const line = element("div", { class: "understood", role: "group", "aria-label": "How the question was read" });
  const change = (label, what, description, mark) =>
    element(
      "button",
      { type: "button", class: "chip", "aria-label": description, title: description, onclick: () => revise({ without: what }) },
      element("bdi", {}, label),
      mark && element("span", { "aria-hidden": "true" }, ` ${mark}`),
    );
  const edit = element(
    "button",
    { type: "button", class: "edit", onclick: () => line.replaceChildren(editor(read, revise, () => line.replaceChildren(...shown))) },
    read.isFollowUp ? "Edit" : "Edit the question",
    element("span", { "aria-hidden": "true" }, " ✎"),
  );
  const shown = [
    read.isFollowUp && element("span", { dir: "auto" }, "Searched as “", element("bdi", {}, read.standalone), "”"),
    edit,
    ...read.chips.map(({ what, words }) => change(words, what, `Search again, not only: ${words}`, "✕")),
    ...read.disregarded.map((words) => element("span", { class: "disregarded" }, words)),
    read.isFollowUp && unanswered === null && change("Ask on its own", "history", "Ask again without the questions before it"),
  ].filter(Boolean);
  line.append(...shown);
  return line;
}

function editor(read, revise, cancel) {
  const field = element("textarea", { rows: 2, dir: "auto", maxlength: 2000, "aria-label": "The question as it is searched" });
  field.value = read.standalone;
  const form = element(
    "form",
    { class: "editor" },
    field,
    element("button", { type: "submit", class: "primary" }, "Ask"),
    element("button", { type: "button", onclick: cancel }, "Cancel"),
  );
  const send = () => field.value.trim() && revise({ text: field.value });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    }
  });
  setTimeout(() => field.focus());
  return form;
}

function unanswered(answer, { revise }) {
  return element(
    "div",
    { class: "unanswered", role: "note" },
    element("strong", {}, answer.unanswered),
    answer.error && element("p", {}, answer.error),
    element("button", { type: "button", class: "primary", onclick: () => revise({}) }, "Ask again"),
  );
}

function headline(answer) {
  return element(
    "p",
    { class: "headline", dir: "auto" },
    answer.headline,
    answer.headlineDate && element("span", { class: "headline-date" }, ` ${answer.headlineDate}`),
  );
}

function sentences(answer, actions) {
  const box = element("div", { class: answer.quoting ? "sentences quoting" : "sentences" });
  for (const sentence of answer.sentences) {
    const markers = sentence.citations.map((n) => marker(answer, n, actions));
    const [outlet, date] = sentence.introduction ?? [];
    box.append(
      element(
        answer.quoting ? "p" : "span",
        { class: "sentence", dir: answer.quoting && "auto" },
        sentence.unverified && element("span", { class: "badge unverified" }, "Support not found in its source:"),
        sentence.unverified && " ",
        outlet && element("span", { class: "introduction" }, element("bdi", {}, outlet), `, ${date}: `),
        ...words(sentence, markers),
      ),
    );
    if (!answer.quoting) box.append(" ");
  }
  return box;
}

function words(sentence, markers) {
  const pieces = sentence.pieces.filter((piece) => piece.text);
  const wrap = (piece, text) => {
    if (!text) return text;
    if (piece.kind === "emphasis") return element("strong", {}, text);
    if (piece.kind === "date")
      return element("span", { class: "reckoned", title: "Reckoned from the article's date; not part of the quote" }, ` [${text}]`);
    return text;
  };
  const last = pieces.pop() ?? { text: "" };
  // The markers stay on the line of the last word, unless that word is long, such as an address.
  const split = last.kind === "date" ? 0 : last.text.lastIndexOf(" ") + 1;
  const short = last.text.length - split < 30;
  return [
    ...pieces.map((piece) => wrap(piece, piece.text)),
    wrap(last, last.text.slice(0, split)),
    element("span", { class: short && "last-word" }, wrap(last, last.text.slice(split)), ...markers),
  ];
}

function marker(answer, n, { open }) {
  const index = answer.sources.findIndex((source) => source.n === n);
  const source = answer.sources[index];
  if (!source) return null;
  const card = element(
    "span",
    { class: "card", "aria-hidden": "true" },
    element("span", { class: "card-source" }, element("bdi", {}, source.outlet), ` · ${source.date}`),
    element("span", { class: "card-title", dir: "auto" }, source.title),
    element("span", { class: "card-quote", dir: "auto" }, `“${source.quote}”`),
  );
  const button = element(
    "button",
    {
      type: "button",
      class: "marker",
      "data-n": n,
      "aria-label": `Source ${n}: ${source.title}, ${source.outlet}, ${source.date}. Read it in the article`,
      "aria-description": source.quote,
      onclick: () => open("citations", index),
    },
    String(n),
  );
  const place = () => {
    // The card is as wide as its column allows, so it is moved to stay inside it.
    const column = button.getRootNode().querySelector(".answer").getBoundingClientRect();
    const box = button.getBoundingClientRect();
    const width = Math.min(368, column.width);
    const left = Math.min(Math.max(box.left - width / 2, column.left), column.right - width);
    card.style.width = `${width}px`;
    card.style.left = `${left - box.left}px`;
    card.classList.toggle("below", box.top < 220);
  };
  button.addEventListener("pointerenter", place);
  button.addEventListener("focus", place);
  return element("span", { class: "marked" }, button, card);
}

function abstention(answer, { revise }) {
  return element(
    "div",
    { class: "abstention", role: "note" },
    element("p", { class: "abstention-title" }, "No answer in the archive"),
    element("p", {}, answer.reason),
    answer.searched && element("p", { class: "searched" }, answer.searched),
    answer.withoutFilters &&
      element("button", { type: "button", class: "primary", onclick: () => revise({ without: "filters" }) }, "Ask again without filters"),
  );
}

function sources(answer, actions) {
  const list = element("ol", { class: "sources", "aria-label": "Sources" });
  answer.sources.forEach((source, index) => list.append(card(source, () => actions.open("citations", index))));
  return list;
}

function card(source, open) {
  const badges = [
    source.corrected && element("span", { class: "badge" }, "Corrected"),
    source.recognised && element("span", { class: "badge" }, source.recognised),
    source.unverified && element("span", { class: "badge unverified" }, "Support not found"),
  ].filter(Boolean);
  const link = () => pageAddress({ read: source.place });
  return element(
    "li",
    { class: "source", "data-n": source.n },
    element("span", { class: "number", "aria-hidden": "true" }, String(source.n)),
    element(
      "div",
      { class: "body" },
      element("button", { type: "button", class: "title", dir: "auto", onclick: open }, source.title),
      element("p", { class: "source-line" }, element("bdi", {}, source.outlet), ` · ${source.date}`, ...badges),
      !source.isSentence && element("blockquote", { title: source.quote, dir: "auto" }, source.quote),
      source.also.length > 0 && element("p", { class: "also" }, `Also carried by ${source.also.join(", ")}`),
      element(
        "div",
        { class: "actions" },
        element("button", { type: "button", onclick: open, "aria-label": `Read in the article: source ${source.n}` }, "Read in the article"),
        copyButton("Copy quote", () => `${source.reference} ${link()}`, "With outlet, title, date and address"),
        copyButton("Copy link", link, "To the quote in its article"),
      ),
    ),
  );
}

function nearest(answer, { open }) {
  const list = element("ul", {});
  for (const passage of answer.nearest) {
    list.append(
      element(
        "li",
        {},
        element("button", { type: "button", class: "title", dir: "auto", onclick: () => open("passages", passage.index) }, passage.title),
        element("span", { class: "source-line" }, element("bdi", {}, passage.outlet), ` · ${passage.date}`),
      ),
    );
  }
  if (answer.reason !== null) {
    return element(
      "section",
      { class: "nearest" },
      element("h3", {}, "The nearest articles, which do not answer the question"),
      list,
    );
  }
  return element("details", { class: "nearest" }, element("summary", {}, "Other articles found"), list);
}
