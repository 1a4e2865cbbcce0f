"""The questions of a run, each opening to its answer, its citations in context, and what was expected."""

from collections.abc import Iterator, Mapping, Sequence

from eval.report.elements import element, listing, text
from eval.runs import CitedExcerpt, QuestionRecord


def choice(suite: str, *, compared: bool) -> str:
    """Return the buttons that choose which questions to show; the style sheet does the rest."""
    choices = [("all", "all"), ("only-wrong", "wrong only")]
    if compared:
        choices.append(("only-changed", "changed only"))
    labels = []
    for style, name in choices:
        checked = " checked" if style == "all" else ""
        button = f'<input type="radio" name="show {text(suite)}" class="{style}"{checked}>'
        labels.append(element("label", f"{button} {name}"))
    return element("fieldset", "".join(labels), "choose")


def questions(records: Sequence[QuestionRecord], changed: Mapping[str, QuestionRecord]) -> Iterator[str]:
    """Yield the questions by type; `changed` holds the earlier records of those that scored differently."""
    for kind in sorted({record.kind for record in records}):
        of_kind = [record for record in records if record.kind == kind]
        yield element("h4", f"{text(kind)} · {len(of_kind)}")
        for record in of_kind:
            yield _question(record, changed.get(record.id))


def _question(record: QuestionRecord, before: QuestionRecord | None) -> str:
    verdict, mark = "", "·"
    if record.decided is not None:
        verdict, mark = ("right", "✓") if record.decided >= 0.5 else ("wrong", "✗")
    tag = element("span", "changed", "tag") + " " if before else ""
    summary = (
        element("span", mark, "verdict")
        + element("span", text(record.question))
        + element("span", tag + text(record.id), "id")
    )
    columns = (_answered(record, before), _expected(record, before))
    body = element("div", "".join(element("div", "".join(column)) for column in columns), "body")
    styles = ["question", verdict, "changed" if before else ""]
    return element("details", element("summary", summary) + body, " ".join(filter(None, styles)))


def _answered(record: QuestionRecord, before: QuestionRecord | None) -> Iterator[str]:
    if record.asked:
        yield element("p", text(" · ".join(record.asked)), "faint")
    yield element("h4", "No answer" if record.abstained else "Answer")
    yield element("p", text(record.answer), "answer")
    details = [f"short answer: {record.short}"] if record.short else []
    if record.confidence is not None:
        details.append(f"confidence {record.confidence:.2f}")
    if record.milliseconds is not None:
        details.append(f"{record.milliseconds:.0f} ms")
    yield element("p", text(" · ".join(details)), "faint")
    if before and before.answer != record.answer:
        yield element("h4", "Before") + element("p", text(before.answer), "answer faint")
    if record.sources:
        yield element("h4", "Citations")
        yield from map(_citation, record.sources)


def _citation(source: CitedExcerpt) -> str:
    says = element("span", "proves it" if source.proves else "is no proof", "faint")
    passage = f"…{text(source.before)}{element('mark', text(source.cited))}{text(source.after)}…"
    return element(
        "div",
        element("p", f"[{source.n}] {text(source.about)} — {says}") + element("blockquote", passage),
        "source proves" if source.proves else "source",
    )


def _expected(record: QuestionRecord, before: QuestionRecord | None) -> Iterator[str]:
    for title, texts in (("Expected", record.expected), ("Proof", record.proofs)):
        if texts:
            yield element("h4", title) + listing("ul", [(each, "") for each in texts])
    if record.found:
        found = [(each.about, "proves" if each.proves else "") for each in record.found]
        yield element("h4", "Listed articles") + listing("ol", found)
    scores = []
    for name, value in record.scores.items():
        then = before.scores.get(name, value) if before else value
        moved = f"{then:.2g} → {value:.2g}" if then != value else f"{value:.2g}"
        scores.append(element("span", f"{text(name)} {moved}", "tag" if then != value else ""))
    yield element("h4", "Scores") + element("p", "".join(scores), "scores")
