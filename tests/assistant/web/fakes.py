"""An assistant with canned answers over four invented articles, for tests of the page.

One word of the question chooses the answer: `wall`, `mayor`, `hostile`, `slowly`, `wrong` or `broken`. `unsure` adds
low confidence, `in 2023` and `according to the Courier` a restriction. Any other question has no answer.
With `until the next question` an answer comes whole, but does not end before another question is asked.
"""

import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from assistant.answer import (
    Answer,
    AskedOutlets,
    AskedTime,
    Citation,
    ListedPassage,
    MadeWith,
    Reply,
    Sentence,
)
from assistant.archive.catalog import Coverage
from assistant.archive.overview import Month, Overview
from assistant.article import Article, Copy, Passage, PublicationDate, Source
from assistant.errors import ModelError, QuestionError
from assistant.query import NO_FILTERS, Exchange, Filters, RetrievedPassage
from assistant.question.kinds import wanted
from assistant.question.plan import understand
from assistant.retrieval.retriever import Retrieved

FILLER = "\n\n".join(
    f"Point {number} of the evening's agenda was read out and passed to the next meeting without a vote, "
    "as the clerk noted, since two of the members had left to see to their boats."
    for number in range(1, 16)
)

WALL = Article(
    title="Storm breaches the harbour wall at Tern Bay",
    text=(
        "Storm breaches the harbour wall at Tern Bay\n\n"
        "TERN BAY, 14 November — Waves broke through forty metres of the north wall late on Tuesday night. "
        "Nobody was hurt.\n\n" + FILLER + "\n\n"
        "Naïve estimates 🌊 put the damage at half a million. "
        "“The repair will cost 2.4 million crowns,” said Ines Maddox, the harbour engineer. "
        "She expects it to last until spring.\n\n" + FILLER
    ),
    source="tern-bay/2023/storm.txt",
    outlet="Tern Bay Courier",
    authors=("Piet Lund", "Oda Farrow"),
    published=PublicationDate("2023-11-15T06:30:00+00:00", "metadata"),
    place="Tern Bay",
    url="https://courier.example/2023/11/15/harbour-wall",
)
FIRST_BUDGET = Article(
    title="Council passes its budget",
    text=(
        "The council passed its budget on Monday. Mayor Rosa Quill called it “the least bad of all budgets”."
    ),
    source="tern-bay/2023/budget.html",
    outlet="The Evening Buoy",
    published=PublicationDate("2023-12", "url"),
    url="https://buoy.example/budget",
)
BUDGET = replace(
    FIRST_BUDGET,
    text=(
        "The council passed its budget on Monday, with nine votes to six. "
        "Mayor Rosa Quill called it “the least bad of all budgets”. "
        "The harbour receives 1.9 million crowns, half a million less than its engineer had asked for."
    ),
    version=2,
)
HOSTILE = Article(
    title="<img src=x onerror=\"document.title='owned'\"> **Bold** $x^2$ :material/delete: `code`",
    text=(
        "<script>document.title='owned'</script> The clerk & the mayor said 1 < 2.\n\n"
        "[press here](javascript:document.title='owned') and $a_b$ and :red[red] and `code` and "
        "<b onmouseover=\"document.title='owned'\">bold</b>."
    ),
    source="hostile/<b>.txt",
    outlet="<u>Outlet</u> [x](javascript:alert(1)) :smile:",
    authors=("<i>Nobody</i>",),
    published=PublicationDate("2021", "text"),
    url="javascript:document.title='owned'",
)
ARTICLES = [WALL, FIRST_BUDGET, BUDGET, HOSTILE]

COST = "“The repair will cost 2.4 million crowns,” said Ines Maddox, the harbour engineer."
LEAST_BAD = "Mayor Rosa Quill called it “the least bad of all budgets”."
SHARE = "The harbour receives 1.9 million crowns, half a million less than its engineer had asked for."
ATTACK = HOSTILE.text.split("\n\n")[1]

COVERAGE = Coverage(
    articles=3,
    passages=9,
    outlets=((WALL.outlet, 1), (BUDGET.outlet, 1), (HOSTILE.outlet, 1), (None, 1)),
    first=date(2021, 1, 1),
    last=date(2023, 12, 31),
    undated=1,
    last_ingest=datetime(2024, 1, 5, 9, 12, tzinfo=UTC),
    ingesting=False,
)


IN_2023 = AskedTime(date(2023, 1, 1), date(2023, 12, 31), words="2023", hard=True, applied=True)
MADE_WITH = MadeWith(
    backfile="0.1.0",
    encoder="example",
    reader="0123456789abcdef",
    chat_model=None,
    settings="fedcba9876543210",
    generation=1,
)
BY_THE_COURIER = AskedOutlets(("Tern Bay Courier",), words=("the Courier",), applied=True)


def citation(n: int, article: Article, quote: str, *, verified: bool | None = True) -> Citation:
    """Return the citation number `n`: the first place of `quote` in `article`."""
    start = article.text.index(quote)
    return Citation(
        n=n,
        article=article.id,
        version=article.version,
        start=start,
        end=start + len(quote),
        quote=quote,
        source=Source(
            title=article.title,
            outlet=article.outlet,
            published=article.published.iso,
            url=article.url,
            corrected=article.version > 1,
            also=(Copy(BUDGET.id, BUDGET.outlet, BUDGET.url),) if article is WALL else (),
        ),
        verified=verified,
    )


def listed(article: Article, quote: str) -> ListedPassage:
    """Return the passage of `article` that is `quote`."""
    start = article.text.index(quote)
    return ListedPassage(
        article=article.id,
        version=article.version,
        start=start,
        end=start + len(quote),
        score=1.0,
        source=Source(
            title=article.title,
            outlet=article.outlet,
            published=article.published.iso,
            place=article.place,
            url=article.url,
            corrected=article.version > 1,
        ),
    )


def answered(question: str) -> Answer:
    """Return the canned answer to `question`."""
    blank = Answer(
        question=question,
        standalone=question,
        mode="quote",
        wanted=wanted(question),
        confidence=0.4 if "unsure" in question else 0.9,
        made_with=MADE_WITH,
        timings_ms={"retrieve": 31.0, "read": 190.0, "total": 221.0},
    )
    if "wall" in question:
        return replace(
            blank,
            sentences=(Sentence(COST, (1,)), Sentence(SHARE, (2,))),
            citations=(citation(1, WALL, COST), citation(2, BUDGET, SHARE)),
            short_answer="2.4 million crowns",
            passages=(listed(WALL, COST), listed(BUDGET, SHARE), listed(HOSTILE, ATTACK)),
        )
    if "mayor" in question or "slowly" in question:
        return replace(
            blank,
            mode="chat",
            confidence=None,
            model="openai:example",
            sentences=(
                Sentence("The mayor did not praise the budget; she called it the least bad of all.", (1,)),
                Sentence("The harbour gets half a million less than was asked for.", (2,)),
            ),
            citations=(
                citation(1, BUDGET, LEAST_BAD, verified=None),
                citation(2, BUDGET, SHARE, verified=False),
            ),
            dropped_citations=2,
            notes=("The model's server answered at the second attempt.",),
        )
    if "hostile" in question:
        return replace(
            blank,
            sentences=(Sentence(ATTACK, (1,)),),
            citations=(citation(1, HOSTILE, ATTACK),),
            short_answer="<b>press</b> $here$",
        )
    return replace(
        blank,
        reason_code="not_in_archive",
        reason="No article in the archive answers this question.",
        passages=(listed(WALL, COST), listed(BUDGET, SHARE)),
    )


class FakeAssistant:
    """Takes the place of `Assistant` and records what it was asked."""

    mode = "quote"
    model = None

    def __init__(
        self, coverage: Coverage = COVERAGE, pause: float = 0.0, starters: Sequence[str] = ()
    ) -> None:
        self._starters = starters
        self._coverage = coverage
        self._pause = pause
        self.asked: list[tuple[str, tuple[Exchange, ...], Filters]] = []
        self.any_time: list[bool] = []
        """For each question, whether it was asked with `any_time`."""
        self.any_outlet: list[bool] = []
        """For each question, whether it was asked with `any_outlet`."""
        self._next_question = threading.Event()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        filters: Filters = NO_FILTERS,
        as_of: date | None = None,
        any_time: bool = False,
        any_outlet: bool = False,
    ) -> Reply:
        self.asked.append((question, tuple(history), filters))
        self._next_question.set()
        self._next_question = threading.Event()
        self.any_time.append(any_time)
        self.any_outlet.append(any_outlet)
        if not question.strip():
            raise QuestionError("the question is empty; type what you want to know")
        frame = None if any_time or "in 2023" not in question else IN_2023
        reported = None if any_outlet or "according to the Courier" not in question else BY_THE_COURIER
        return Reply(self._steps(question, tuple(history), filters, frame, reported))

    def _steps(
        self,
        question: str,
        history: tuple[Exchange, ...],
        filters: Filters,
        frame: AskedTime | None,
        reported: AskedOutlets | None,
    ) -> Generator[str, None, Answer]:
        if "wrong" in question:
            raise ModelError("the model refused; start it with `ollama serve`", retryable=True)
        if "broken" in question:
            raise RuntimeError("a bug")
        next_question = self._next_question
        answer = replace(
            answered(question),
            standalone=understand(question, history=history).standalone,
            filters=filters,
            time_frame=frame,
            reported_by=reported,
        )
        for piece in answer.text.split(" "):
            time.sleep(self._pause if "slowly" in question else 0.0)
            yield piece + " "
        while "until the next question" in question and not next_question.wait(0.05):
            yield ""
        return answer

    def article(self, id: str, version: int | None = None) -> Article | None:
        found = [article for article in ARTICLES if article.id == id and version in (None, article.version)]
        return found[-1] if found else None

    def versions(self, id: str) -> list[int]:
        return [article.version for article in ARTICLES if article.id == id]

    def mentions(self, words: str, filters: Filters = NO_FILTERS, *, limit: int) -> Retrieved:
        if "Nowhere" in filters.outlets:
            raise QuestionError("the archive has no outlet “Nowhere”: choose another")
        looked_for = words.replace('"', "").split()
        found = [each for each in (WALL, BUDGET, HOSTILE) if all(word in each.text for word in looked_for)]
        passages = [
            RetrievedPassage(
                passage=Passage(each.id, each.version, 0, len(each.text), each.text),
                source=Source(
                    title=each.title, outlet=each.outlet, published=each.published.iso, url=each.url
                ),
                score=1.0,
                similarity=1.0,
            )
            for each in found
        ]
        return Retrieved(tuple(passages[:limit]), articles=len(found))

    def overview(self) -> Overview:
        return Overview(
            months=(Month("2021-01", HOSTILE.outlet, 1), Month("2023-11", WALL.outlet, 1)),
            families=2,
            rejections=1,
            rejected=(("tern-bay/<b>.txt", "no text"),),
            without_vector=4,
        )

    def coverage(self) -> Coverage:
        return self._coverage

    def starter_questions(self) -> list[str]:
        return list(self._starters)
