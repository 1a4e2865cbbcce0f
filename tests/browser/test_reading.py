"""The page over canned answers: sources, copying, filters, conversations, hostile text."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.assistant.web.fakes import ATTACK, BUDGET, COST, HOSTILE, LEAST_BAD, SHARE, WALL
from tests.browser.reading import OpenPage, Serve, ask, in_view, open_citation

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    return serve("tests/assistant/web/serve.py", str(tmp_path_factory.mktemp("conversations")))


def test_a_citation_opens_its_article_at_the_cited_words(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    open_citation(page, 1)
    assert page.locator("mark.current").text_content() == COST
    assert in_view(page, "mark.current")
    reader = page.locator(".st-key-article-view")
    for fact in (WALL.title, "Tern Bay Courier", "15 November 2023, 06:30 UTC", "Piet Lund, Oda Farrow"):
        expect(reader).to_contain_text(fact)
    expect(reader.get_by_role("link", name="Open original")).to_have_attribute("href", WALL.url or "")


def test_another_citation_scrolls_again(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    open_citation(page, 1)
    page.locator(".st-key-article-view").evaluate("panel => panel.scrollTop = 0")
    assert not in_view(page, "mark.current")
    open_citation(page, 1)
    expect(page.locator("mark.current")).to_be_in_viewport(ratio=1)
    open_citation(page, 2)
    expect(page.locator("mark.current")).to_have_text(
        "The harbour receives 1.9 million crowns, half a million less than its engineer had asked for."
    )
    expect(page.locator(".st-key-article-view")).to_contain_text("This article was corrected")


def test_an_earlier_version_is_shown_without_the_mark_of_a_later_one(
    address: str, open_page: OpenPage
) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    open_citation(page, 2)
    page.get_by_role("button", name="Read version 1").click()
    expect(page.locator(".st-key-article-view")).to_contain_text(
        "The article was corrected later (version 2)"
    )
    expect(page.locator("mark.current")).to_have_count(0)
    page.get_by_text("What differs between version 1 and version 2").click()
    expect(page.locator(".bf-changes del").first).to_have_text("The council passed its budget on Monday.")
    expect(page.locator(".bf-changes ins").last).to_have_text(SHARE)
    page.get_by_role("button", name="Read version 2").click()
    expect(page.locator("mark.current")).to_have_count(1)


def test_the_keyboard_alone_opens_and_closes_a_source(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    marker = page.get_by_role("button", name=re.compile("Source 1: Storm breaches"))
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name=f"Article: {WALL.title}")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-article-view").get_by_role("button", name="Copy quote")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("mark.current")).to_have_text(SHARE)
    page.keyboard.press("k")
    expect(page.locator("mark.current")).to_have_text(COST)
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-article-view")).to_have_count(0)
    expect(marker).to_be_focused()


def test_what_an_article_is_cited_for_is_stepped_through(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What did the mayor say?")
    open_citation(page, 1)
    reader = page.locator(".st-key-article-view")
    expect(reader.locator("mark")).to_have_text([LEAST_BAD, SHARE])
    expect(reader).to_contain_text("1 of 2")
    reader.get_by_role("button", name="Next citation").click()
    expect(reader.locator("mark.current")).to_have_text(SHARE)
    expect(reader).to_contain_text("2 of 2")
    expect(reader.get_by_role("button", name="Next citation")).to_be_disabled()


def test_a_copy_in_another_outlet_opens_and_back_returns(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    open_citation(page, 1)
    page.locator(".st-key-article-view-copies").get_by_role("button", name="The Evening Buoy").click()
    expect(page.locator(".st-key-article-view h2")).to_have_text(BUDGET.title)
    page.go_back()
    expect(page.locator("mark.current")).to_have_text(COST)


def test_a_quote_is_shown_whole_when_its_marker_is_reached(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    card = page.locator(".card").first
    expect(card).to_be_hidden()
    page.locator(".marker").first.hover()
    expect(card).to_contain_text(COST)
    expect(card).to_contain_text("Tern Bay Courier")
    page.mouse.move(0, 0)
    expect(card).to_be_hidden()
    page.locator(".understood button").first.focus()
    page.keyboard.press("Tab")
    expect(card).to_be_visible()


def test_a_quote_is_copied_with_its_reference(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    page.get_by_role("button", name="Copy quote").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    start = WALL.text.index(COST)
    assert page.evaluate("navigator.clipboard.readText()") == (
        f"“{COST}” — Tern Bay Courier, “{WALL.title}”, 15 November 2023, 06:30 UTC, {WALL.url} "
        f"(archive article {WALL.id}) {address}/?read={WALL.id}.1.{start}-{start + len(COST)}"
    )


def test_copying_works_without_the_clipboard_of_secure_pages(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate("document.addEventListener('copy', () => window.copied = getSelection().toString())")
    ask(page, "What will the harbour wall cost?")
    page.get_by_role("button", name="Copy quote").nth(1).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_test_id("stChatInputTextArea").focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(page.get_by_test_id("stChatInputTextArea")).to_have_value(
        re.compile("archive article .*version 2")
    )


def test_hostile_text_stays_text(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "Show me the hostile one <b>now</b> $x$ :smile:")
    open_citation(page, 1)
    assert page.locator("mark.current").text_content() == ATTACK
    reader = page.locator(".st-key-article-view")
    for text in (HOSTILE.title, HOSTILE.outlet or "", "<i>Nobody</i>", "hostile/<b>.txt", HOSTILE.url or ""):
        expect(reader).to_contain_text(text)
    expect(page.locator(".source .title")).to_have_text(HOSTILE.title)
    expect(page.locator(".bf-question")).to_have_text("Show me the hostile one <b>now</b> $x$ :smile:")
    # Nothing an article says became an element: no link, image, script, formula or icon.
    page.locator("mark.current").hover()
    for selector in ("a[href^=javascript]", "img[src=x]", "[onerror]", "[onmouseover]", ".katex", "u, i"):
        expect(page.locator(selector)).to_have_count(0)
    expect(reader.get_by_role("link")).to_have_count(0)
    expect(page).to_have_title("Backfile")


def test_hostile_outlet_in_the_filters(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.get_by_role("combobox", name="Outlets").click()
    page.get_by_role("option", name="<u>Outlet</u>").click()
    page.keyboard.press("Escape")
    chip = page.locator(".st-key-chips button:visible")
    expect(chip).to_have_count(1)
    assert chip.inner_text().replace("\u2060", "").split("\n")[0].startswith(HOSTILE.outlet or "?")
    expect(page.locator("a[href^=javascript]")).to_have_count(0)


def test_filters_restrict_the_next_question_and_can_be_removed(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.get_by_role("combobox", name="Outlets").click()
    page.get_by_role("option", name="The Evening Buoy").click()
    page.keyboard.press("Escape")
    chips = page.locator(".st-key-chips")
    expect(chips.get_by_role("button", name="The Evening Buoy")).to_be_visible()
    ask(page, "What will the harbour wall cost?")
    expect(page.locator(".understood").get_by_role("button", name="The Evening Buoy")).to_be_visible()
    chips.get_by_role("button", name="The Evening Buoy").click()
    expect(chips).to_have_count(0)
    ask(page, "And what did the mayor say?")
    expect(page.locator(".about").last).to_contain_text("Written by openai:example")
    expect(page.locator(".understood").last).not_to_contain_text("The Evening Buoy")


def test_an_abstention_gives_its_reason_and_the_nearest_articles(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "Who won the football?")
    expect(page.locator(".abstention")).to_contain_text("No article in the archive answers this question.")
    page.get_by_role("button", name=BUDGET.title).click()
    expect(page.locator("mark.current")).to_be_in_viewport()
    assert in_view(page, "mark.current")


def test_a_conversation_survives_a_reload_and_can_be_deleted(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost on Sunday?")
    expect(page.locator(".marker")).to_have_count(2)
    ask(page, "And what did the mayor say?")
    expect(page.locator(".answer")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?c=[\w-]{20,}$"))
    page.get_by_role("button", name="Wrong", exact=True).last.click()
    expect(page.get_by_role("textbox", name="Note on this answer")).to_be_visible()
    page.reload()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".bf-question").first).to_have_text("What will the harbour wall cost on Sunday?")
    open_citation(page, 1)
    page.get_by_role("button", name="Close").click()

    entry = page.locator("[class*=st-key-conversation-]", has_text="on Sunday?")
    entry.get_by_role("button").nth(2).click()
    expect(entry).to_have_count(0)
    expect(page.locator(".answer")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.get_by_role("button", name="Wrong", exact=True).last).to_have_attribute(
        "aria-pressed", "true"
    )
    entry.get_by_role("button").nth(2).click()
    expect(page.locator(".answer")).to_have_count(0)
    page.go_back()
    expect(page.get_by_text("This conversation is not stored here")).to_be_visible()


def test_two_pages_do_not_disturb_each_other(address: str, open_page: OpenPage) -> None:
    one, other = open_page(address), open_page(address)
    ask(one, "What did he say, slowly?")
    ask(other, "What will the harbour wall cost?")
    expect(other.locator(".marker")).to_have_count(2)
    expect(one.locator(".about")).to_contain_text("Written by openai:example")
    assert one.url != other.url
    expect(one.locator(".bf-question")).to_have_text("What did he say, slowly?")


def test_a_click_while_an_answer_comes_does_not_end_it(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(2)
    ask(page, "What does the mayor say, slowly?")
    expect(page.locator(".bf-partial-answer")).to_contain_text("mayor")
    open_citation(page, 1)
    expect(page.locator(".about")).to_have_count(2)
    expect(page.locator(".about").last).to_contain_text("Written by openai:example")
    expect(page.locator("mark.current")).to_be_visible()


def test_a_narrow_screen_shows_everything_without_sideways_scrolling(
    address: str, open_page: OpenPage
) -> None:
    page = open_page(address, width=380, height=760)
    ask(page, "What will the harbour wall cost?")
    expect(page.locator(".source")).to_have_count(2)
    for selector in (".stMain", ".answer", ".source >> nth=0"):
        assert page.locator(selector).evaluate("box => box.scrollWidth <= box.clientWidth + 1"), selector
    open_citation(page, 1)
    assert in_view(page, "mark.current")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".st-key-article-view")).to_have_count(0)


def test_an_error_shows_its_message(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "Please be wrong")
    expect(page.locator(".unanswered").last).to_contain_text("the model refused; start it with ollama serve")
    ask(page, "Please be broken")
    expect(page.locator(".unanswered").last).to_contain_text("The details are in the terminal where it runs")


def test_the_demonstration_says_that_it_is_one(serve: Serve, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(serve("tests/assistant/web/serve.py", str(tmp_path), "archive-sample"))
    expect(page.get_by_text("Demonstration archive.")).to_be_visible()


def test_the_archive_is_read_without_a_question(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.get_by_role("radio", name="Archive").click()
    expect(page.get_by_role("heading", name="Archive", level=1)).to_be_visible()
    box = page.get_by_role("searchbox", name="All of these words")
    box.fill("Quill budgets")
    box.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 article.")).to_be_visible()
    assert "words=Quill+budgets" in page.url
    page.locator("[data-testid=stDataFrame] .dvn-scroller").first.click(position={"x": 250, "y": 55})
    expect(page.locator("mark.current")).to_have_text(LEAST_BAD)
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Ask").click()
    expect(page.get_by_role("textbox", name="Ask the archive")).to_be_visible()


def test_all_articles_that_mention_the_names_of_a_question_are_listed(
    address: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(address)
    ask(page, "What did the mayor Rosa Quill say?")
    page.get_by_role("button", name="All articles that mention this").click()
    expect(page.get_by_role("searchbox", name="All of these words")).to_have_value('"Rosa Quill"')
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all as CSV").click()
    assert LEAST_BAD in download.value.path().read_text("utf-8-sig")
    page.get_by_role("button", name="What did the mayor Rosa Quill say?", exact=True).click()
    expect(page.get_by_role("textbox", name="Ask the archive")).to_be_visible()
