"""Answers how many articles mention something: by counting, with a sentence of each of the newest."""

from assistant.answer import Citation, Sentence
from assistant.answering.draft import Draft
from assistant.article import Passage, Span
from assistant.query import RetrievedPassage
from assistant.retrieval.retriever import Retrieved
from assistant.text.counting import counted
from assistant.text.sentences import quotable_spans
from assistant.text.words import stems

SHOWN = 6
"""Articles that are quoted."""

NONE_MENTIONS = "No article that was searched has all of these words in one passage: {words}."
COUNTED = "Counted: the current articles with all of these words in one passage, copies included: {words}."
NEWEST = "The newest {shown} are quoted."


def count(words: str, found: Retrieved) -> Draft:
    """Return the number of articles as the short answer, with a sentence of the newest that shows the words."""
    if not found.articles:
        return Draft(reason_code="not_in_archive", reason=NONE_MENTIONS.format(words=words))
    quoted = found.passages[:SHOWN]
    note = COUNTED.format(words=words)
    if found.articles > len(quoted):
        note = f"{note} {NEWEST.format(shown=len(quoted))}"
    citations = tuple(_citation(n, each, words) for n, each in enumerate(quoted, start=1))
    return Draft(
        sentences=tuple(Sentence(" ".join(each.quote.split()), (each.n,)) for each in citations),
        citations=citations,
        short_answer=counted(found.articles, "article"),
        notes=(note,),
    )


def sentence_about(passage: Passage, words: str) -> Span:
    """Return the place, in its article, of the passage's sentence with most of the words, the first of equals."""
    looked_for = set(stems(words))
    sentences = quotable_spans(passage.text) or [(0, len(passage.text))]
    start, end = max(
        sentences, key=lambda span: len(looked_for.intersection(stems(passage.text[slice(*span)])))
    )
    return passage.start + start, passage.start + end


def _citation(n: int, found: RetrievedPassage, words: str) -> Citation:
    passage = found.passage
    start, end = sentence_about(passage, words)
    return Citation(
        n=n,
        article=passage.article,
        version=passage.version,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
        source=found.source,
        verified=True,
    )
