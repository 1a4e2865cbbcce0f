"""The assistant, which answers questions from one archive.

`Assistant.open` is the composition root: the one place that creates all real parts.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assistant.answer import MadeWith, Mode, Reply
from assistant.answering.draft import Answerer, Draft, final_draft
from assistant.answering.pipeline import Pipeline
from assistant.answering.quote import QuoteAnswerer
from assistant.answering.starters import starter_questions
from assistant.answering.trace import Trace, TraceFile
from assistant.archive.catalog import Catalog, Coverage
from assistant.archive.dense import DenseIndex
from assistant.archive.folder import ArchiveFolder, archive_folder
from assistant.archive.identity import check_encoder
from assistant.archive.overview import Overview, overview
from assistant.article import Article
from assistant.errors import QuestionError
from assistant.evidence.readers import open_readers
from assistant.models.configured_encoder import open_encoder
from assistant.query import Exchange, Filters, RetrievedPassage
from assistant.question.followups import context_questions
from assistant.question.plan import Plan, understand
from assistant.retrieval.retriever import FUSED, Fusion, Retrieved, Retriever
from assistant.retrieval.search import LISTED, one_per_family, search
from assistant.settings import Settings
from assistant.text.surrogates import replace_surrogates

LONGEST_QUESTION = 2_000
"""Code points. Questions are shorter; an article that is pasted by mistake is longer."""

Rewriter = Callable[[str, Sequence[Exchange]], str | None]
"""Returns a wording of a follow-up that can be understood alone, or None if it has none."""


class Assistant:
    """Answers questions from one archive."""

    def __init__(
        self,
        *,
        folder: ArchiveFolder,
        catalog: Catalog,
        retriever: Retriever,
        dense: DenseIndex,
        quoting: QuoteAnswerer,
        chatting: Answerer | None = None,
        rewriting: Rewriter | None = None,
        made_with: MadeWith,
        notes: tuple[str, ...] = (),
        trace_file: TraceFile | None = None,
    ) -> None:
        """Combine the parts. `rewriting` makes follow-ups stand alone.

        Every answer gets `notes`, and `trace_file` a line.
        """
        self._rewriting = rewriting
        self._folder = folder
        self._catalog = catalog
        self._retriever = retriever
        self._dense = dense
        self._answerer = chatting or quoting
        self._made_with_base = made_with
        self._pipeline = Pipeline(
            retriever=retriever,
            coverage=self.coverage,
            frequencies=catalog.frequencies,
            quoting=quoting,
            answerer=self._answerer,
            made_with=self._made_with,
            notes=notes,
            trace_file=trace_file,
        )

    @classmethod
    def open(cls, settings: Settings) -> "Assistant":
        """Open the archive that the settings name, with its encoder and, if set, a chat model.

        Raises:
            ArchiveError: there is no archive, it is damaged, or it was made with another encoder.
            SettingsError: the encoder, the chat model or the checker cannot be opened, or the Chroma server's address
                is wrong, or the trace file cannot be written.
            ModelError: the encoder is on a server that fails.
        """
        folder = archive_folder(settings)
        folder.require()
        trace_file = (
            TraceFile(Path(settings.trace), with_text=settings.trace_text) if settings.trace else None
        )
        catalog = Catalog.open(folder.catalog)
        try:
            encoder = open_encoder(settings)
            check_encoder(catalog, encoder)
            dense = DenseIndex(folder, catalog, encoder.dimension)
            readers = open_readers(settings)
            quoting = QuoteAnswerer(readers.finder(encoder, catalog.frequencies))
            chatting: Answerer | None = None
            rewriting: Rewriter | None = None
            if settings.model:
                # Imported only if needed: the page opens sooner without it.
                from assistant.answering.chat.answerer import ChatAnswerer, open_chat_model
                from assistant.answering.chat.standalone import StandaloneWriter
                from assistant.evidence.support.checker import SupportChecker
                from assistant.evidence.support.judges import cross_encoder_judge, encoder_judge

                judge = cross_encoder_judge(settings.checker) if settings.checker else encoder_judge(encoder)
                model = open_chat_model(settings)
                rewriting = StandaloneWriter(model).rewrite
                chatting = ChatAnswerer(
                    model,
                    name=settings.model,
                    fallback=quoting,
                    checker=SupportChecker(judge),
                    lenient=settings.check == "lenient",
                    search_results=settings.model.lower().startswith("anthropic:"),
                )
        except BaseException:
            catalog.close()
            raise
        return cls(
            folder=folder,
            catalog=catalog,
            retriever=Retriever(catalog, dense, encoder),
            dense=dense,
            quoting=quoting,
            chatting=chatting,
            rewriting=rewriting,
            made_with=MadeWith(
                backfile=_installed_version(),
                encoder=encoder.name,
                reader=readers.digest,
                chat_model=settings.model or None,
                settings=settings.digest,
                generation=0,
            ),
            notes=readers.notes,
            trace_file=trace_file,
        )

    @property
    def mode(self) -> Mode:
        """Whether answers are quotes or a chat model's words."""
        return self._answerer.mode

    @property
    def model(self) -> str | None:
        """The chat model, if there is one."""
        return self._answerer.model

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        filters: Filters = Filters(),
        as_of: date | None = None,
        today: date | None = None,
        any_time: bool = False,
        any_outlet: bool = False,
    ) -> Reply:
        """Answer a question. The reply streams text, and has the complete answer at its end.

        Without `as_of`, "last week" is counted from `today`, by default the machine's date. Unlike `as_of`, it ranks no
        article higher.

        A time that the question names restricts the search, unless `filters` have dates or `any_time` is set. The
        outlets whose reporting it asks about do so too, unless `filters` name outlets or `any_outlet` is set.

        Raises:
            ArchiveMismatch: the archive was rebuilt with another encoder.
            QuestionError: the question is empty or too long, or a filter is not valid.
        """
        question = " ".join(replace_surrogates(question).split())
        if not question:
            raise QuestionError("the question is empty: type one")
        if len(question) > LONGEST_QUESTION:
            raise QuestionError(
                f"the question has {len(question):,} characters, but the limit is {LONGEST_QUESTION:,}: shorten it"
            )
        history = [
            Exchange(replace_surrogates(each.question), replace_surrogates(each.answer)) for each in history
        ]
        if any(len(each) > LONGEST_QUESTION for each in context_questions(question, history)):
            raise QuestionError(
                f"an earlier question is longer than {LONGEST_QUESTION:,} characters: leave it out"
            )
        trace = Trace()
        plan = understand(
            question,
            history=history,
            standalone=self._standalone(question, history, trace),
            filters=filters,
            as_of=as_of,
            today=today,
            outlets=self._retriever.outlets(),
            any_time=any_time,
            any_outlet=any_outlet,
        )
        return Reply(self._pipeline.answer(plan, trace))

    def search(
        self, question: str, *, as_of: date | None = None, fusion: Fusion = FUSED
    ) -> tuple[RetrievedPassage, ...]:
        """Return the passages that an answer would list, one of each family, without answering."""
        plan = self._plan(question, as_of)
        found = search(self._retriever, plan, fusion).passages
        if not found and plan.is_restricted:
            found = search(self._retriever, plan.anywhere(), fusion).passages
        return one_per_family(found)[:LISTED]

    def draft(self, question: str, passages: Sequence[RetrievedPassage]) -> Draft:
        """Return the draft of an answer from these passages, as if the archive had no others."""
        return final_draft(self._pipeline.draft(self._plan(question, None), passages))

    def article(self, id: str, version: int | None = None) -> Article | None:
        """Return a version of an article, by default the current one; None if there is no such article."""
        return self._catalog.article(id, version)

    def articles(self) -> Iterator[Article]:
        """Yield the current version of every article."""
        return self._catalog.articles()

    def versions(self, id: str) -> list[int]:
        """Return the numbers of an article's current version and of those that it corrects, oldest first."""
        return self._catalog.history(id)

    def mentions(self, words: str, filters: Filters = Filters(), *, limit: int) -> Retrieved:
        """Return how many articles have all of these words in a passage, and that passage of the newest `limit`.

        Words in quotation marks must stand in a row. Without words, all articles count.

        Raises:
            QuestionError: a filter is not valid.
        """
        return self._retriever.mentions(words, filters, limit=limit)

    def overview(self) -> Overview:
        """Return the number of articles by month and outlet, and the records that were rejected."""
        return overview(self._catalog)

    def coverage(self) -> Coverage:
        """Return the number of articles, their dates and their outlets."""
        return self._catalog.coverage(ingesting=self._folder.ingesting)

    def starter_questions(self) -> list[str]:
        """Return up to four questions about the archive's newest articles."""
        return starter_questions(self._catalog)

    def close(self) -> None:
        """Close the archive."""
        self._dense.close()
        self._catalog.close()

    def _standalone(self, question: str, history: Sequence[Exchange], trace: Trace) -> str | None:
        """Return the chat model's wording of a follow-up; None without one, and for a question that is complete."""
        if self._rewriting is None or not context_questions(question, history):
            return None
        with trace.step("rewrite") as step:
            standalone = self._rewriting(question, history)
            step["accepted"] = standalone is not None
        return standalone

    def _plan(self, question: str, as_of: date | None) -> Plan:
        return understand(question, as_of=as_of, outlets=self._retriever.outlets())

    def _made_with(self) -> MadeWith:
        generation = int(self._catalog.property("generation") or 0)
        return MadeWith(**{**vars(self._made_with_base), "generation": generation})


def _installed_version() -> str:
    try:
        return version("backfile")
    except PackageNotFoundError:
        return "not installed"
