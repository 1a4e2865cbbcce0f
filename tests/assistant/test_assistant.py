import json
from datetime import date
from pathlib import Path

import pytest

from assistant.answer import AskedOutlets, AskedTime
from assistant.answering.pipeline import READ_ALONE
from assistant.archive.folder import ArchiveFolder
from assistant.assistant import LONGEST_QUESTION, Assistant
from assistant.errors import QuestionError
from assistant.query import Exchange, Filters
from assistant.retrieval.retriever import ArchiveRetriever
from tests.fakes import ingest


def test_an_answer_quotes_its_article_exactly(assistant: Assistant) -> None:
    reply = assistant.ask("Who claimed that 40 sailings were cancelled?")
    shown = "".join(reply)
    answer = reply.answer
    [citation] = answer.citations
    assert citation.quote == "The union, led by Nora Hale, claimed that 40 sailings were cancelled."
    assert (citation.n, citation.source.outlet, citation.source.published) == (
        1,
        "Harbour Ledger",
        "2024-03-04",
    )
    article = assistant.article(citation.article, citation.version)
    assert article is not None
    assert article.text[citation.start : citation.end] == citation.quote
    assert citation.verified is True
    assert answer.text == f"{citation.quote} [1]" == shown.strip()
    assert (answer.mode, answer.model, answer.abstained) == ("quote", None, False)
    assert set(answer.timings_ms) == {"retrieve", "read", "total"}


def test_an_abstention_lists_the_nearest_articles(assistant: Assistant) -> None:
    answer = assistant.ask("Who won the chess tournament in Reykjavik?").answer
    assert (answer.reason_code, answer.sentences, answer.citations) == ("not_in_archive", (), ())
    assert answer.text == answer.reason
    near = assistant.ask("Which goalkeeper left the Port Ellery football club?").answer
    assert near.reason_code == "not_in_archive"
    assert near.passages[0].source.title == "Ferry strike begins in Port Ellery"


def test_copies_of_a_story_are_listed_once_with_their_outlets(assistant: Assistant) -> None:
    answer = assistant.ask("Where did the storm break the sea wall?").answer
    assert [found.source.title for found in answer.passages].count("Storm breaks sea wall") == 1
    [copy] = answer.citations[0].source.also
    assert {answer.citations[0].source.outlet, copy.outlet} == {"Tidewater Wire", "Ellery Beacon"}


def test_an_outlet_filter_finds_the_copy_of_that_outlet(assistant: Assistant) -> None:
    filters = Filters(outlets=("ellery beacon",))
    answer = assistant.ask("Where did the storm break the sea wall?", filters=filters).answer
    assert answer.citations[0].source.outlet == "Ellery Beacon"
    assert {found.source.outlet for found in answer.passages} == {"Ellery Beacon"}


def test_dates_include_both_ends_and_undated_articles_are_counted(assistant: Assistant) -> None:
    day = date(2024, 2, 20)
    answer = assistant.ask("What did the council pass?", filters=Filters(since=day, until=day)).answer
    assert [found.source.title for found in answer.passages] == ["Council passes budget"]
    assert not answer.abstained
    assert answer.notes == ("1 article without a date was left out by the date filter.",)


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(since=date(2030, 1, 1)), "outside_dates"),
        (Filters(until=date(1999, 1, 1)), "outside_dates"),
        (Filters(since=date(2024, 3, 1)), "hidden_by_filter"),
        (Filters(outlets=("Tidewater Wire",)), "hidden_by_filter"),
    ],
)
def test_abstention_says_whether_the_filter_is_the_reason(
    assistant: Assistant, filters: Filters, reason: str
) -> None:
    answer = assistant.ask("How many votes passed the council budget?", filters=filters).answer
    assert answer.reason_code == reason


def test_a_wrong_filter_is_refused_with_a_remedy(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="has no outlet 'Harbor Ledger'; it has Harbour Ledger"):
        assistant.ask("Who?", filters=Filters(outlets=("Harbor Ledger",)))
    with pytest.raises(QuestionError, match="swap them"):
        assistant.ask("Who?", filters=Filters(since=date(2024, 2, 2), until=date(2024, 2, 1)))


@pytest.mark.parametrize(
    ("question", "message"), [("", "empty"), (" \n\t", "empty"), ("x" * 100_000, "shorten")]
)
def test_an_empty_or_too_long_question_is_refused(assistant: Assistant, question: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        assistant.ask(question)


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "AND OR NOT NEAR(",
        "what's the budget, roughly?",
        "title:*",
        "🙂",
        "х" * LONGEST_QUESTION,
        "the of and?",
    ],
)
def test_any_other_question_is_answered_or_abstained(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question).answer
    assert answer.abstained or answer.citations


def test_a_follow_up_is_searched_with_the_question_before_it(assistant: Assistant) -> None:
    before = Exchange("Who leads the union of the ferry crews?", "Nora Hale. [1]")
    answer = assistant.ask("What is it about?", history=[before]).answer
    assert answer.passages[0].source.title == "Ferry strike begins in Port Ellery"
    assert answer.standalone == f"{before.question} (Nora Hale) What is it about?"
    assert answer.question == "What is it about?"


def test_a_short_question_is_answered_on_its_own_if_it_is_not_as_a_follow_up(
    assistant: Assistant,
) -> None:
    before = Exchange("Which orchestra, choir and dancers toured the mountains of Brackwater?", "")
    answer = assistant.ask("What broke the sea wall?", history=[before]).answer
    assert answer.citations[0].source.title == "Storm breaks sea wall"
    assert answer.standalone == "What broke the sea wall?"
    assert READ_ALONE in answer.notes
    # A question that refers back is not tried on its own.
    assert assistant.ask("What broke it, the sea wall?", history=[before]).answer.reason_code


def test_a_complete_question_is_not_drawn_into_the_conversation(assistant: Assistant) -> None:
    before = Exchange("Who leads the union of the ferry crews?", "Nora Hale. [1]")
    answer = assistant.ask("What broke the sea wall?", history=[before]).answer
    assert answer.standalone == "What broke the sea wall?"
    assert answer.citations[0].source.title == "Storm breaks sea wall"


def test_coverage_counts_the_archive(assistant: Assistant) -> None:
    coverage = assistant.coverage()
    assert (coverage.articles, coverage.undated, coverage.ingesting) == (5, 1, False)
    assert (coverage.first, coverage.last) == (date(2023, 11, 5), date(2024, 3, 4))
    assert dict(coverage.outlets) == {"Harbour Ledger": 2, "Ellery Beacon": 2, "Tidewater Wire": 1}
    assert coverage.last_ingest is not None


def test_an_as_of_date_ranks_near_articles_first_and_hides_none(assistant: Assistant) -> None:
    asked = "What broke and who stopped?"
    early = assistant.ask(asked, as_of=date(2023, 11, 5)).answer.passages
    late = assistant.ask(asked, as_of=date(2024, 3, 4)).answer.passages
    assert {found.source.title for found in early} == {found.source.title for found in late}
    assert early[0].source.title == "Storm breaks sea wall"
    assert late[0].source.title == "Ferry strike begins in Port Ellery"


def test_the_archive_is_a_langchain_retriever(assistant: Assistant) -> None:
    documents = ArchiveRetriever(retriever=assistant._retriever, k=2).invoke("ferry strike pay")
    first = documents[0]
    article = assistant.article(first.metadata["article"])
    assert article is not None
    assert article.text[first.metadata["start"] : first.metadata["end"]] == first.page_content
    assert len(documents) == 2


def test_a_time_that_the_question_names_restricts_its_articles(assistant: Assistant) -> None:
    answer = assistant.ask("Who passed what in February 2024?").answer
    assert [found.source.title for found in answer.passages] == [
        "Council passes budget",
        "Ferry strike begins in Port Ellery",
    ]
    assert answer.time_frame == AskedTime(
        date(2024, 2, 1), date(2024, 2, 29), words="February 2024", hard=True, applied=True
    )
    assert not answer.filters
    assert "1 article without a date was left out by the time asked for, “February 2024”." in answer.notes


def test_news_of_a_day_is_found_in_articles_of_the_next_day(assistant: Assistant) -> None:
    answer = assistant.ask("Where did the storm break the sea wall on 4 November 2023?").answer
    assert answer.citations[0].source.title == "Storm breaks sea wall"
    assert {found.source.title for found in answer.passages} == {"Storm breaks sea wall"}


def test_a_date_filter_wins_over_the_time_that_the_question_names(assistant: Assistant) -> None:
    filters = Filters(since=date(2024, 2, 20), until=date(2024, 2, 20))
    answer = assistant.ask("What did the council pass in November 2023?", filters=filters).answer
    assert [found.source.title for found in answer.passages] == ["Council passes budget"]
    assert answer.time_frame is not None and not answer.time_frame.applied


def test_a_time_without_an_answer_is_dropped_with_a_note(assistant: Assistant) -> None:
    answer = assistant.ask("How many votes passed the council budget in November 2023?").answer
    assert answer.citations[0].source.title == "Council passes budget"
    assert answer.time_frame is not None and not answer.time_frame.applied
    assert answer.notes == (
        "No article of the time asked for, “November 2023”, answers this: the answer is from articles of other times.",
    )


def test_a_time_after_the_last_article_is_outside_the_dates(assistant: Assistant) -> None:
    answer = assistant.ask("How many votes passed the council budget in 2025?", as_of=date(2026, 1, 1)).answer
    assert answer.reason_code == "outside_dates"
    assert answer.passages
    again = assistant.ask(
        "How many votes passed the council budget in 2025?", as_of=date(2026, 1, 1), any_time=True
    ).answer
    assert again.citations and again.time_frame is None


def test_an_outlet_whose_reporting_is_asked_about_restricts_the_search(assistant: Assistant) -> None:
    answer = assistant.ask("How many people were hurt by the storm, according to the Ellery Beacon?").answer
    assert {found.source.outlet for found in answer.passages} == {"Ellery Beacon"}
    assert answer.citations[0].source.outlet == "Ellery Beacon"
    assert answer.reported_by == AskedOutlets(("Ellery Beacon",), words=("Ellery Beacon",), applied=True)
    assert not answer.filters
    assert answer.to_json()["reported_by"] == {
        "outlets": ["Ellery Beacon"],
        "words": ["Ellery Beacon"],
        "applied": True,
    }


def test_several_outlets_are_searched_together(assistant: Assistant) -> None:
    answer = assistant.ask(
        "What did both the Harbour Ledger and Tidewater Wire report on ferry crews?"
    ).answer
    assert {found.source.outlet for found in answer.passages} == {"Harbour Ledger", "Tidewater Wire"}


def test_a_larger_outlet_does_not_crowd_out_another_that_is_asked_about(
    assistant: Assistant, archive: ArchiveFolder, tmp_path: Path
) -> None:
    towns = "Wick Ayr Hull Deal Rye Bath York Ely Ripon Wells Truro Leeds Derby Perth Dover Poole Luton Bury".split()
    stories = [
        {
            "title": f"{town} dredges its canal",
            "text": f"The canal of {town} is dredged.",
            "outlet": "Canal News",
        }
        for town in (f"{first} {second}" for first in towns for second in towns[:2])
    ]
    stories.append({"title": "Two roads", "text": "They follow a canal to the sea.", "outlet": "Bridge Post"})
    (tmp_path / "canals.json").write_text(json.dumps(stories))
    ingest(archive.path, tmp_path / "canals.json")
    found = assistant.search("Which canal is dredged, according to Canal News and Bridge Post?")
    assert [each.source.outlet for each in found].count("Bridge Post") == 1
    assert found[0].source.outlet == "Canal News"


def test_an_outlet_that_makes_news_restricts_nothing(assistant: Assistant) -> None:
    answer = assistant.ask("Why did the Ellery Beacon call off the ferry strike?").answer
    assert answer.reported_by is None
    assert len({found.source.outlet for found in answer.passages}) > 1


def test_an_outlet_filter_wins_over_the_outlet_that_the_question_names(assistant: Assistant) -> None:
    filters = Filters(outlets=("Harbour Ledger",))
    answer = assistant.ask("Who led the union, according to Tidewater Wire?", filters=filters).answer
    assert {found.source.outlet for found in answer.passages} == {"Harbour Ledger"}
    assert answer.reported_by is not None and not answer.reported_by.applied


def test_an_outlet_without_an_answer_is_dropped_with_a_note(assistant: Assistant) -> None:
    answer = assistant.ask("Who led the union of ferry crews, according to Tidewater Wire?").answer
    assert answer.citations[0].source.outlet == "Harbour Ledger"
    assert answer.reported_by is not None and not answer.reported_by.applied
    assert answer.notes == ("No article by Tidewater Wire answers this: the answer is from other outlets.",)


def test_an_outlet_and_a_time_without_an_answer_are_dropped_together(assistant: Assistant) -> None:
    asked = "By how many votes did the council pass its budget in November 2023, as per Tidewater Wire?"
    answer = assistant.ask(asked).answer
    assert answer.citations[0].source.title == "Council passes budget"
    [note] = answer.notes
    assert note == (
        "No article by Tidewater Wire of the time asked for, “November 2023”, answers this: the answer is from other "
        "articles."
    )
    assert assistant.ask(asked, any_time=True, any_outlet=True).answer.notes == ()


def test_outlets_of_newly_ingested_articles_are_known(
    assistant: Assistant, archive: ArchiveFolder, tmp_path: Path
) -> None:
    asked = "How many people were hurt by the storm, according to the Merrow Post?"
    assert assistant.ask(asked).answer.reported_by is None
    story = {"title": "Storm", "text": "Four people were hurt by the storm.", "outlet": "Merrow Post"}
    (tmp_path / "more.json").write_text(json.dumps([story]))
    ingest(archive.path, tmp_path / "more.json")
    answer = assistant.ask(asked).answer
    assert [citation.source.outlet for citation in answer.citations] == ["Merrow Post"]


def test_a_time_without_a_year_ranks_near_articles_first_and_hides_none(assistant: Assistant) -> None:
    asked = "What broke and who passed it in {}?"
    november, march = (
        assistant.ask(asked.format(month), as_of=date(2024, 3, 20)).answer for month in ("November", "March")
    )
    assert {found.source.title for found in november.passages} == {
        found.source.title for found in march.passages
    }
    assert november.passages[0].source.title == "Storm breaks sea wall"
    assert march.passages[0].source.title != "Storm breaks sea wall"
    assert november.time_frame is not None and not november.time_frame.applied


def test_a_follow_up_stays_near_the_time_asked_about_before(assistant: Assistant) -> None:
    before = Exchange("What did the council pass in February 2024?", "A budget. [1]")
    answer = assistant.ask("By how many votes?", history=[before]).answer
    assert answer.time_frame is not None
    assert (answer.time_frame.words, answer.time_frame.applied) == ("February 2024", False)
    between = Exchange("Who voted for it?", "Seven councillors. [1]")
    assert assistant.ask("And against it?", history=[before, between]).answer.time_frame == answer.time_frame


def test_an_earlier_question_that_is_too_long_is_refused(assistant: Assistant) -> None:
    pasted = Exchange("x" * (LONGEST_QUESTION + 1), "")
    with pytest.raises(QuestionError, match="an earlier question is longer than 2,000 characters"):
        assistant.ask("And why?", history=[pasted])
    assert assistant.ask("Who leads the ferry crews in Port Ellery?", history=[pasted]).answer


def test_articles_that_mention_something_are_counted(assistant: Assistant) -> None:
    answer = assistant.ask("How many articles mention the sea wall?").answer
    assert answer.short_answer == "2 articles"
    assert all("sea wall" in citation.quote.lower() for citation in answer.citations)
    assert [len(sentence.citations) for sentence in answer.sentences] == [1, 1]
    assert answer.notes[-1].endswith("copies included: the sea wall.")


def test_a_count_obeys_the_filters(assistant: Assistant) -> None:
    filters = Filters(outlets=("Ellery Beacon",))
    answer = assistant.ask("How many articles mention the sea wall?", filters=filters).answer
    assert answer.short_answer == "1 article"


def test_nothing_counted_is_no_answer(assistant: Assistant) -> None:
    answer = assistant.ask('How many articles contain "wall sea"?').answer
    assert (answer.short_answer, answer.reason_code) == (None, "not_in_archive")
    assert answer.reason == 'No article that was searched has all of these words in one passage: "wall sea".'
