"""Reloads, closed tabs, a server that stops, and the browser's Back: what was asked and read stays."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import OpenPage, Serve, ask, open_citation

pytestmark = pytest.mark.browser

WAITING = "What did he say of the wall until the next question?"
"""A question whose answer the server holds back until another is asked."""


@pytest.fixture(scope="module")
def address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    return serve("tests/assistant/web/serve.py", str(tmp_path_factory.mktemp("conversations")))


def test_a_reload_right_after_a_question_finds_it_and_its_answer(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    page.reload()
    expect(page.locator(".bf-question")).to_have_text("What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)


def test_an_answer_is_finished_after_its_tab_was_closed(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, WAITING)
    expect(page.get_by_role("button", name="Stop answering")).to_be_visible()
    conversation = page.url
    page.close()
    other = open_page(address)
    # The first answer may end only now, when nobody looks.
    ask(other, "What will the harbour wall cost?")
    expect(other.locator(".marker")).to_have_count(2)
    again = open_page(conversation)
    expect(again.locator(".marker")).to_have_count(2)
    expect(again.locator(".bf-question")).to_have_text(WAITING)


def test_a_stopped_answer_says_so_and_can_be_asked_again(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, WAITING)
    page.get_by_role("button", name="Stop answering").click()
    expect(page.locator(".unanswered")).to_contain_text("Stopped")
    page.reload()
    expect(page.locator(".unanswered")).to_contain_text("Stopped")
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Stop answering")).to_be_visible()
    ask(open_page(address), "What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)
    expect(page.locator(".bf-question")).to_have_count(1)


def test_a_server_that_stops_and_comes_back(
    serve: Serve, open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("restarted"))
    address = serve("tests/assistant/web/serve.py", folder)
    page = open_page(address, may_lose_server=True)
    ask(page, WAITING)
    expect(page.get_by_role("button", name="Stop answering")).to_be_visible()
    serve.stop(address)
    expect(page.locator(".bf-away-notice")).to_contain_text("Backfile cannot be reached at the moment")
    expect(page.get_by_text("streamlit run")).to_have_count(0)
    assert serve("tests/assistant/web/serve.py", folder, at=address) == address
    # The first question after the restart is asked as soon as the box takes one.
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill("Who won the football?")
    box.press("Enter")
    expect(page.locator(".abstention")).to_be_visible()
    expect(page.locator(".bf-away-notice")).to_have_count(0)
    expect(page.locator(".bf-question")).to_have_text([WAITING, "Who won the football?"])
    expect(page.locator(".unanswered")).to_contain_text("Not finished")
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Stop answering")).to_be_visible()
    ask(open_page(address), "What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)


def test_the_address_holds_the_open_article_and_back_closes_it(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    marked = open_citation(page, 1)
    expect(page).to_have_url(re.compile(r"read=[0-9a-f]+\.1\.\d+-\d+"))
    page.reload()
    expect(page.locator("mark.current")).to_have_text(marked)
    page.go_back()
    expect(page.locator(".st-key-article-view")).to_have_count(0)
    expect(page.locator(".marker")).to_have_count(2)
    page.go_forward()
    expect(page.locator("mark.current")).to_have_text(marked)


def test_links_open_what_they_were_copied_from(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)
    ask(page, "And what did the mayor say?")
    expect(page.locator(".answer")).to_have_count(2)
    answer = copied(page, "Copy link to this answer")
    quote = copied(page, "Copy link", exact=True)
    other = open_page(answer)
    expect(other.locator(".answer")).to_have_count(2)
    expect(other.locator(".bf-question").first).to_be_in_viewport()
    alone = open_page(quote)
    expect(alone.locator("mark.current")).to_contain_text("2.4 million crowns")
    expect(alone.locator(".answer")).to_have_count(0)


def copied(page: Page, name: str, *, exact: bool = False) -> str:
    """Press the first button of this name, and return what it copied."""
    page.get_by_role("button", name=name, exact=exact).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_role("button", name="Copied")).to_have_count(0)
    return text


def test_filters_are_in_the_address(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?outlets=The+Evening+Buoy&since=2023-01-01")
    chips = page.locator(".st-key-chips")
    expect(chips.get_by_role("button", name="The Evening Buoy")).to_be_visible()
    expect(chips.get_by_role("button", name="from 1 January 2023")).to_be_visible()
    chips.get_by_role("button", name="from 1 January 2023").click()
    expect(page).not_to_have_url(re.compile("since="))
    page.reload()
    expect(chips.get_by_role("button", name="The Evening Buoy")).to_be_visible()
    gone = open_page(f"{address}/?outlets=The+Lost+Gazette")
    expect(gone.get_by_test_id("stAlert")).to_contain_text("The Lost Gazette")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("c=0123456789abcdef0123456789abcdef", "This conversation is not stored here"),
        ("c=%00%0a..%2f..%2f&turn=-1", "This conversation is not stored here"),
        ("read=feedfacefeedface.1.0-10", "This article is not in the archive"),
        ("read=<script>alert(1)</script>", "This article is not in the archive"),
    ],
)
def test_an_address_that_names_nothing_says_so(
    address: str, open_page: OpenPage, query: str, words: str
) -> None:
    page = open_page(f"{address}/?{query}")
    expect(page.get_by_text(words)).to_be_visible()
    ask(page, "What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)


def test_the_line_below_a_question_changes_how_it_was_read(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost in 2023?")
    line = page.locator(".understood").last
    line.get_by_role("button", name="Search again, not only: 2023").click()
    expect(line).to_contain_text("all dates")
    ask(page, "And what did the mayor say?")
    expect(line).to_contain_text("Searched as “What will the harbour wall cost in 2023?")
    line.get_by_role("button", name="Edit").click()
    field = line.get_by_role("textbox")
    expect(field).to_be_focused()
    field.fill("What did the mayor say of the budget?")
    field.press("Enter")
    expect(page.locator(".bf-question").last).to_have_text("What did the mayor say of the budget?")
    expect(page.locator(".bf-question")).to_have_count(2)
    expect(line).not_to_contain_text("Searched as")
    ask(page, "And the wall?")
    line.get_by_role("button", name="Ask again without the questions before it").click()
    expect(line).to_contain_text("on its own")
    page.reload()
    expect(page.locator(".understood")).to_have_count(3)
    expect(line).to_contain_text("on its own")


def test_a_question_of_several_lines_and_one_that_is_too_long(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will\nthe harbour\twall cost?")
    expect(page.locator(".bf-question")).to_have_text("What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)
