"""The time that questions ask about: question, as-of date, days, and whether they restrict the search."""

from datetime import date

import pytest

from assistant.question.timeframe import DATED_AHEAD_DAYS, REPORTED_DAYS, TimeFrame, find_time_frame

FRIDAY = "2024-06-14"
"""The as-of date, if a row gives none."""
HARD, SOFT = True, False


def day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)


def check(question: str, as_of: str, first: str | None, last: str | None, hard: bool) -> None:
    found = find_time_frame(question, date.fromisoformat(as_of))
    assert found is not None
    assert (found.first, found.last, found.hard) == (day(first), day(last), hard)


@pytest.mark.parametrize(
    ("question", "on"),
    [
        ("What happened on 2 February 2023?", "2023-02-02"),
        ("What happened on February 2, 2023?", "2023-02-02"),
        ("What happened on Feb. 2, 2023?", "2023-02-02"),
        ("What happened on Feb 2 2023?", "2023-02-02"),
        ("What happened on 2nd February 2023?", "2023-02-02"),
        ("What happened on the 2nd of February 2023?", "2023-02-02"),
        ("What happened on the 2nd of February, 2023?", "2023-02-02"),
        ("What happened on Thursday, 2 February 2023?", "2023-02-02"),
        ("What happened on Thursday, February 2nd, 2023?", "2023-02-02"),
        ("what happened on 2 february 2023", "2023-02-02"),
        ("What happened on 2 FEBRUARY 2023?", "2023-02-02"),
        ("What happened on 2023-02-02?", "2023-02-02"),
        ("What happened on 2023/02/02?", "2023-02-02"),
        ("What happened on 02/02/2023?", "2023-02-02"),
        ("What happened on 13/03/2023?", "2023-03-13"),
        ("What happened on 03/13/2023?", "2023-03-13"),
        ("What happened on 3.2.2023?", "2023-02-03"),
        ("Who resigned on 5 May 2023?", "2023-05-05"),
        ("Who resigned on Sept. 30, 2022?", "2022-09-30"),
        ("Who was shot on 29 February 2024?", "2024-02-29"),
        ("What was adopted on July 4, 1776?", "1776-07-04"),
        ("Who won on Christmas Day 2022?", "2022-12-25"),
        ("What did the king say on Christmas 2022?", "2022-12-25"),
        ("What happened on New Year's Eve 2022?", "2022-12-31"),
        ("What happened on New Year’s Day 2023?", "2023-01-01"),
        ("Where did the pope speak on Easter 2023?", "2023-04-09"),
        ("Who marched on Good Friday 2023?", "2023-04-07"),
        ("Who was hurt on Thanksgiving 2023?", "2023-11-23"),
        ("What was sold out on Black Friday 2023?", "2023-11-24"),
        ("Who spoke on Labor Day 2023?", "2023-09-04"),
        ("Who spoke on Memorial Day 2023?", "2023-05-29"),
        ("Who spoke on the Fourth of July 2023?", "2023-07-04"),
        ("Who spoke on Independence Day, 2023?", "2023-07-04"),
    ],
)
def test_a_day_with_its_year_restricts(question: str, on: str) -> None:
    check(question, FRIDAY, on, on, HARD)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What did the council pass in January 2024?", "2024-01-01", "2024-01-31"),
        ("What did the council pass in Jan. 2024?", "2024-01-01", "2024-01-31"),
        ("What did the council pass in January of 2024?", "2024-01-01", "2024-01-31"),
        ("What did the council pass in February 2024?", "2024-02-01", "2024-02-29"),
        ("Who resigned in May 2023?", "2023-05-01", "2023-05-31"),
        ("Who resigned in December 2023?", "2023-12-01", "2023-12-31"),
        ("Who resigned in 2022?", "2022-01-01", "2022-12-31"),
        ("In 2022, who resigned?", "2022-01-01", "2022-12-31"),
        ("Who resigned during 2022?", "2022-01-01", "2022-12-31"),
        ("Who resigned in the year 2022?", "2022-01-01", "2022-12-31"),
        ("Who resigned in the summer of 2022?", "2022-06-01", "2022-08-31"),
        ("Who resigned in summer 2022?", "2022-06-01", "2022-08-31"),
        ("Who resigned in spring 2022?", "2022-03-01", "2022-05-31"),
        ("Who resigned in the fall of 2022?", "2022-09-01", "2022-11-30"),
        ("What froze in winter 2023?", "2023-12-01", "2024-02-29"),
        ("What froze in the winter of 2022-23?", "2022-12-01", "2023-02-28"),
        ("How much was lost in Q1 2024?", "2024-01-01", "2024-03-31"),
        ("How much was lost in Q4 of 2023?", "2023-10-01", "2023-12-31"),
        ("How much was lost in the first quarter of 2024?", "2024-01-01", "2024-03-31"),
        ("How much was lost in the third quarter of 2023?", "2023-07-01", "2023-09-30"),
        ("How much was lost in H2 2023?", "2023-07-01", "2023-12-31"),
        ("Who was popular in the 1990s?", "1990-01-01", "1999-12-31"),
        ("Who was popular in the 1990's?", "1990-01-01", "1999-12-31"),
    ],
)
def test_months_years_seasons_quarters_and_decades_restrict(question: str, first: str, last: str) -> None:
    check(question, FRIDAY, first, last, HARD)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Who resigned in early 2023?", "2023-01-01", "2023-04-30"),
        ("Who resigned in mid-2023?", "2023-05-01", "2023-08-31"),
        ("Who resigned in late 2023?", "2023-09-01", "2023-12-31"),
        ("Who resigned in early March 2023?", "2023-03-01", "2023-03-10"),
        ("Who resigned in mid-March 2023?", "2023-03-11", "2023-03-20"),
        ("Who resigned in late February 2024?", "2024-02-21", "2024-02-29"),
        ("Who resigned in the first half of 2023?", "2023-01-01", "2023-06-30"),
        ("Who resigned in the second half of 2023?", "2023-07-01", "2023-12-31"),
        ("Who resigned in the first half of March 2023?", "2023-03-01", "2023-03-15"),
        ("Who resigned at the end of 2023?", "2023-12-01", "2023-12-31"),
        ("Who resigned at the beginning of 2023?", "2023-01-01", "2023-01-31"),
        ("Who resigned at the end of March 2023?", "2023-03-25", "2023-03-31"),
        ("Who sang in the early 1990s?", "1990-01-01", "1993-12-31"),
        ("Who sang in the late 1990s?", "1997-01-01", "1999-12-31"),
        ("What burned in late summer 2023?", "2023-08-01", "2023-08-31"),
    ],
)
def test_parts_of_a_period(question: str, first: str, last: str) -> None:
    check(question, FRIDAY, first, last, HARD)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Who ruled between 2019 and 2021?", "2019-01-01", "2021-12-31"),
        ("Who ruled from 2019 to 2021?", "2019-01-01", "2021-12-31"),
        ("Who ruled from 2019 until 2021?", "2019-01-01", "2021-12-31"),
        ("Who ruled in 2019–2021?", "2019-01-01", "2021-12-31"),
        ("Who ruled in 2019-2021?", "2019-01-01", "2021-12-31"),
        ("What was built between March 2022 and June 2023?", "2022-03-01", "2023-06-30"),
        ("What was built between March and June 2023?", "2023-03-01", "2023-06-30"),
        ("What was built from November to February 2023?", "2022-11-01", "2023-02-28"),
        ("What was built from March 2022 to 2023?", "2022-03-01", "2023-12-31"),
        ("What burned between 2 and 5 February 2023?", "2023-02-02", "2023-02-05"),
        ("What burned from 2 to 5 February 2023?", "2023-02-02", "2023-02-05"),
        ("What burned on February 2-5, 2023?", "2023-02-02", "2023-02-05"),
        ("What burned from 28 January to 5 February 2023?", "2023-01-28", "2023-02-05"),
        ("What burned between January 28 and February 5, 2023?", "2023-01-28", "2023-02-05"),
        ("What burned from 2023-01-28 to 2023-02-05?", "2023-01-28", "2023-02-05"),
        ("Who has left since 2020?", "2020-01-01", None),
        ("Who has left since March 2020?", "2020-03-01", None),
        ("Who has left since 5 March 2020?", "2020-03-05", None),
        ("Who has left since the beginning of 2020?", "2020-01-01", None),
        ("Who has left since the end of 2020?", "2020-12-01", None),
        ("Who left after 5 March 2020?", "2020-03-06", None),
        ("Who left after 2020?", "2021-01-01", None),
        ("Who left after the end of 2020?", "2021-01-01", None),
        ("Who left from 2020 on?", "2020-01-01", None),
        ("Who left from March 2020 onwards?", "2020-03-01", None),
        ("Who left before 2020?", None, "2019-12-31"),
        ("Who left before 5 March 2020?", None, "2020-03-04"),
        ("Who left prior to March 2020?", None, "2020-02-29"),
        ("Who left before the end of 2020?", None, "2020-12-31"),
        ("Who was mayor until 2020?", None, "2020-12-31"),
        ("Who was mayor until the end of 2020?", None, "2020-12-31"),
        ("Who was mayor until early 2020?", None, "2020-04-30"),
        ("Who was mayor up to March 2020?", None, "2020-03-31"),
        ("Who had left by March 2020?", None, "2020-03-31"),
        ("Who had left by the end of 2020?", None, "2020-12-31"),
        ("Who left the day after Christmas 2022?", "2022-12-26", "2022-12-26"),
        ("Who left two days before 5 March 2020?", "2020-03-03", "2020-03-03"),
        ("Who left a week after 5 March 2020?", "2020-03-12", "2020-03-12"),
    ],
)
def test_ranges_and_open_ends(question: str, first: str | None, last: str | None) -> None:
    check(question, FRIDAY, first, last, HARD)


@pytest.mark.parametrize(
    ("question", "as_of", "first", "last"),
    [
        ("What happened today?", FRIDAY, "2024-06-14", "2024-06-14"),
        ("What happened yesterday?", FRIDAY, "2024-06-13", "2024-06-13"),
        ("What happened the day before yesterday?", FRIDAY, "2024-06-12", "2024-06-12"),
        ("What happened last night?", FRIDAY, "2024-06-13", "2024-06-13"),
        ("What happened this morning?", FRIDAY, "2024-06-14", "2024-06-14"),
        ("What happened this week?", FRIDAY, "2024-06-07", "2024-06-14"),
        ("Who won this week’s race?", FRIDAY, "2024-06-07", "2024-06-14"),
        ("What happened last week?", FRIDAY, "2024-06-03", "2024-06-09"),
        ("What happened in the last week?", FRIDAY, "2024-06-07", "2024-06-14"),
        ("What happened this past week?", FRIDAY, "2024-06-07", "2024-06-14"),
        ("What happened the previous week?", FRIDAY, "2024-06-03", "2024-06-09"),
        ("What happened this month?", FRIDAY, "2024-06-01", "2024-06-30"),
        ("What happened earlier this month?", FRIDAY, "2024-06-01", "2024-06-14"),
        ("What happened last month?", FRIDAY, "2024-05-01", "2024-05-31"),
        ("What happened last month?", "2024-01-10", "2023-12-01", "2023-12-31"),
        ("What happened over the past month?", "2024-03-31", "2024-02-29", "2024-03-31"),
        ("What happened this year?", FRIDAY, "2024-01-01", "2024-12-31"),
        ("What happened so far this year?", FRIDAY, "2024-01-01", "2024-06-14"),
        ("What happened last year?", FRIDAY, "2023-01-01", "2023-12-31"),
        ("How far have prices risen over the past year?", FRIDAY, "2023-06-14", "2024-06-14"),
        ("What happened early last year?", FRIDAY, "2023-01-01", "2023-04-30"),
        ("What burned since the start of the year?", FRIDAY, "2024-01-01", None),
        ("What burned in the last three days?", FRIDAY, "2024-06-11", "2024-06-14"),
        ("What burned in the past 24 hours?", FRIDAY, "2024-06-13", "2024-06-14"),
        ("What burned over the last two weeks?", FRIDAY, "2024-05-31", "2024-06-14"),
        ("What burned in the last 6 months?", FRIDAY, "2023-12-14", "2024-06-14"),
        ("What burned three days ago?", FRIDAY, "2024-06-11", "2024-06-11"),
        ("What burned two weeks ago?", FRIDAY, "2024-05-27", "2024-06-02"),
        ("What burned a month ago?", FRIDAY, "2024-05-01", "2024-05-31"),
        ("What burned five years ago?", FRIDAY, "2019-01-01", "2019-12-31"),
        ("What burned over the weekend?", FRIDAY, "2024-06-08", "2024-06-09"),
        ("What burned last weekend?", "2024-06-09", "2024-06-01", "2024-06-02"),
        ("What burns this weekend?", FRIDAY, "2024-06-15", "2024-06-16"),
        ("What burned this past weekend?", FRIDAY, "2024-06-08", "2024-06-09"),
    ],
)
def test_times_relative_to_the_as_of_date_only_favour(
    question: str, as_of: str, first: str, last: str | None
) -> None:
    check(question, as_of, first, last, SOFT)


@pytest.mark.parametrize(
    ("question", "as_of", "first", "last"),
    [
        ("Who spoke on Thursday?", FRIDAY, "2024-06-13", "2024-06-13"),
        ("Who spoke on Friday?", FRIDAY, "2024-06-14", "2024-06-14"),
        ("Who spoke last Friday?", FRIDAY, "2024-06-07", "2024-06-07"),
        ("Who spoke last Thursday?", FRIDAY, "2024-06-13", "2024-06-13"),
        ("Who speaks this Sunday?", FRIDAY, "2024-06-16", "2024-06-16"),
        ("Who spoke this Monday?", FRIDAY, "2024-06-10", "2024-06-10"),
        ("Who was convicted on 12 counts Thursday?", FRIDAY, "2024-06-13", "2024-06-13"),
        ("What did Biden on Wednesday announce?", FRIDAY, "2024-06-12", "2024-06-12"),
        ("Who won Tuesday’s 6-1 match?", FRIDAY, "2024-06-11", "2024-06-11"),
        ("Who has spoken since Monday?", FRIDAY, "2024-06-10", None),
        ("Who resigned last January?", FRIDAY, "2024-01-01", "2024-01-31"),
        ("Who resigned last January?", "2024-01-20", "2023-01-01", "2023-01-31"),
        ("Who resigned last August?", FRIDAY, "2023-08-01", "2023-08-31"),
        ("Who resigned this March?", FRIDAY, "2024-03-01", "2024-03-31"),
        ("Who resigned in March?", FRIDAY, "2024-03-01", "2024-03-31"),
        ("Who resigned in August?", FRIDAY, "2023-08-01", "2023-08-31"),
        ("Who resigned in March last year?", FRIDAY, "2023-03-01", "2023-03-31"),
        ("Who resigned in May?", FRIDAY, "2024-05-01", "2024-05-31"),
        ("Who resigned since January?", FRIDAY, "2024-01-01", None),
        ("Who resigned on 2 February?", FRIDAY, "2024-02-02", "2024-02-02"),
        ("Who resigned on Dec. 24?", FRIDAY, "2023-12-24", "2023-12-24"),
        ("What dried out last summer?", FRIDAY, "2023-06-01", "2023-08-31"),
        ("What dried out last summer?", "2024-10-01", "2024-06-01", "2024-08-31"),
        ("What dried out this summer?", FRIDAY, "2024-06-01", "2024-08-31"),
        ("What froze last winter?", FRIDAY, "2023-12-01", "2024-02-29"),
        ("What froze this winter?", "2024-01-15", "2023-12-01", "2024-02-29"),
        ("How much was lost in the third quarter of last year?", FRIDAY, "2023-07-01", "2023-09-30"),
        ("Who met at Christmas?", FRIDAY, "2023-12-25", "2023-12-25"),
        ("Who met last Thanksgiving?", FRIDAY, "2023-11-23", "2023-11-23"),
        ("Who met before Easter?", FRIDAY, None, "2024-03-30"),
        ("Which show was recently renewed?", FRIDAY, "2024-05-15", "2024-06-14"),
        ("What did a recent study find?", FRIDAY, "2024-05-15", "2024-06-14"),
    ],
)
def test_names_without_a_year_mean_the_latest_and_only_favour(
    question: str, as_of: str, first: str | None, last: str | None
) -> None:
    check(question, as_of, first, last, SOFT)


@pytest.mark.parametrize(
    "question",
    [
        # A year that is part of a name, or the adjective of a thing.
        "What do the 2020 GDPR rules say?",
        "Who won the World Cup 2022?",
        "Who won the 2022 World Cup?",
        "Who won the 2024 election?",
        "Who lost at Euro 2024?",
        "What replaced Windows 98?",
        "Who wrote Catch 22?",
        "What came after Windows 2000?",
        "Who wrote the 1984 sequel?",
        "Which team leads the 2022-23 season?",
        "Who chairs the January 6 committee?",
        "Who leads the Jan. 6 inquiry?",
        "Who runs the Christmas market?",
        "Where are the Fourth of July fireworks?",
        "What is the Agenda 2030?",
        # An event whose day is not known.
        "What has changed since the 2022 election?",
        "What has changed since the war?",
        "What happened before the storm?",
        # Names and verbs.
        "May the mayor resign?",
        "Who may resign?",
        "Where did Theresa May speak?",
        "Where did the nurses march?",
        "Who led the March on Washington?",
        "Who played in Friday Night Lights?",
        "Who plays Wednesday Addams?",
        "What did the Sunday Times write?",
        "Who owns Ruby Tuesday?",
        "What did USA TODAY write?",
        "Who won the Super Bowl Sunday halftime bet?",
        "Who hosted the Winter Olympics?",
        "Who reported the fall of Kabul?",
        "When does the market open every Sunday?",
        # Quotations.
        "Who sang “Summer of 1969”?",
        'Who said "we will win in 2020"?',
        "Who starred in 'Blade Runner in 2049'?",
        # Ages, durations, numbers.
        "Who was mayor for three years?",
        "Who was mayor for the past two years?",
        "What is in the five-year plan?",
        "Who is 30 years old?",
        "Who was lost for 40 days?",
        "How many of 2000 people stayed?",
        "How did between 1900 and 2000 people escape?",
        "Who ran 2022 metres?",
        # Comparisons.
        "Are prices higher than a year ago?",
        "How far did prices rise compared to 2020?",
        # The present and the future.
        "Who is now mayor?",
        "Who is currently mayor?",
        "Who speaks next week?",
        "What happens next year?",
        "Who retires later this year?",
        "How much power is to be green by 2050?",
        "What closes by Friday?",
        # No day, or not clear which.
        "What happened on 31 February 2023?",
        "What happened on 03/02/2023?",
        "What happened?",
        "",
    ],
)
def test_phrases_that_are_not_times(question: str) -> None:
    assert find_time_frame(question, date.fromisoformat(FRIDAY)) is None


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        # It was written before its time, or long after it.
        ("Which stores plan to merge in 2024?", "2024-01-01", "2024-12-31"),
        ("Who will be elected in 2026?", "2026-01-01", "2026-12-31"),
        ("Who was set to speak on 2 February 2023?", "2023-02-02", "2023-02-02"),
        ("How long did it last during the insurrection on January 6, 2021?", "2021-01-06", "2021-01-06"),
        ("What did the January 2024 report say?", "2024-01-01", "2024-01-31"),
        # It is as much a name.
        ("Who was the person of the year of 2023?", "2023-01-01", "2023-12-31"),
        # It is about more than one time.
        ("Was the report of 5 May 2023 consistent with the later one?", "2023-05-05", "2023-05-05"),
        ("What was said in March 2023 and what happened in May 2023?", "2023-03-01", "2023-05-31"),
        ("Which team won in 2021 and 2023?", "2021-01-01", "2023-12-31"),
        # What was news this week is asked for, not the years it looks back to.
        ("He died on Sunday; whom did he play in the 1960s?", "2024-06-09", "2024-06-09"),
    ],
)
def test_times_that_favour_but_do_not_restrict(question: str, first: str, last: str) -> None:
    check(question, FRIDAY, first, last, SOFT)


def test_of_several_times_the_narrowest_counts() -> None:
    check("In March 2023, how far had prices risen since 2020?", FRIDAY, "2023-03-01", "2023-03-31", HARD)
    check(
        "Recently, who spoke about 2 February 2023 and on 2 February 2023?",
        FRIDAY,
        "2023-02-02",
        "2023-02-02",
        HARD,
    )


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What happened on 2 February 2023?", "2 February 2023"),
        ("What happened in the first half of 2023?", "the first half of 2023"),
        ("What happened between March and June 2023?", "between March and June 2023"),
        ("What has happened since the end of 2020?", "since the end of 2020"),
        ("What happened last week in Gaza?", "last week"),
        ("🙂 What happened on Thursday?", "Thursday"),
    ],
)
def test_the_words_are_the_question_s_own(question: str, words: str) -> None:
    found = find_time_frame(question, date.fromisoformat(FRIDAY))
    assert found is not None
    assert question[slice(*found.words)] == words


def test_news_of_a_day_is_looked_for_on_the_days_around_it() -> None:
    found = find_time_frame("What happened on 2 February 2023?", date(2024, 1, 1))
    assert found is not None
    since, until = found.published
    assert since is not None and until is not None
    assert (found.first, found.last) == (date(2023, 2, 2), date(2023, 2, 2))
    assert (date(2023, 2, 2) - since).days == DATED_AHEAD_DAYS
    assert (until - date(2023, 2, 2)).days == REPORTED_DAYS


def test_a_longer_time_is_reported_for_longer() -> None:
    year = TimeFrame(date(2022, 1, 1), date(2022, 12, 31), (0, 4), True)
    assert year.published[1] == date(2023, 4, 1)
    assert TimeFrame(date(2022, 1, 1), None, (0, 4), True).published[1] is None
    assert TimeFrame(None, date(2022, 1, 1), (0, 4), True).published == (None, date(2022, 1, 8))


@pytest.mark.parametrize("as_of", [date.min, date(1, 12, 31), date.max, date(2024, 2, 29)])
def test_any_as_of_date_works(as_of: date) -> None:
    for question in (
        "last year",
        "since last week",
        "before today",
        "in the past 999 years",
        "999 years ago",
        "this weekend",
        "last winter",
        "in May",
        "on Thursday",
        "at Easter",
        "before 1500",
        "recently",
        "Will it open in March?",
        "until the end of this year",
        "from May to July",
        "late last month",
    ):
        find_time_frame(f"What happened {question}?", as_of)
