"""The page for everybody: keyboard, screen reader, telephone, dark room, paper."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.assistant.web.fakes import COST, WALL
from tests.browser.reading import OpenPage, Serve, ask, in_view, open_citation

pytestmark = pytest.mark.browser

SMALLEST_TARGET = 24
"""Pixels that WCAG 2.2 AA asks of a target's width and height."""

OURS = """
    path => {
        // The path to a node in a component goes through the component's shadow root.
        const steps = path.flat();
        if (steps.length > 1) return true;
        return Boolean(document.querySelector(steps[0])?.closest('[data-testid=stHtml], [class*=bf-]'));
    }
"""
"""Whether the page made an element; Streamlit made the others."""


@pytest.fixture(scope="module")
def address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    return serve("tests/assistant/web/serve.py", str(tmp_path_factory.mktemp("conversations")))


def faults(page: Page) -> list[str]:
    """Return the faults of the page's own elements that axe-core calls moderate, serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for each in found
        if each["impact"] in ("moderate", "serious", "critical")
        for node in each["nodes"]
        if page.evaluate(OURS, node["target"])
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_no_fault_in_any_view(address: str, open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(address, width=width, height=844, color_scheme=scheme)
    expect(page.locator(".bf-masthead")).to_be_visible()
    assert faults(page) == []
    ask(page, "How much will the harbour wall cost in 2023?")
    expect(page.locator(".marker")).to_have_count(2)
    assert faults(page) == []
    page.locator(".understood").get_by_role("button", name="Edit the question").click()
    assert faults(page) == []
    page.get_by_role("button", name="Cancel").click()
    open_citation(page, 1)
    assert faults(page) == []
    page.get_by_role("button", name="Close").click()
    ask(page, "What did the mayor say?")
    expect(page.locator(".badge.unverified")).to_have_count(2)
    ask(page, "Who won the football?")
    expect(page.locator(".abstention")).to_be_visible()
    ask(page, "Please be wrong")
    expect(page.locator(".unanswered")).to_be_visible()
    assert faults(page) == []


def test_every_control_of_an_answer_is_large_enough(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost in 2023?")
    open_citation(page, 1)
    for control in page.locator(".answer button:visible, .bar button:visible, .bar a:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= SMALLEST_TARGET, control.inner_text()


def test_the_question_box_has_the_focus_at_the_start(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()


def test_an_answer_is_announced_when_it_is_there(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    expect(page.get_by_role("status").filter(has_text="Answer ready: 2 sources")).to_have_count(1)


def test_on_a_telephone_the_article_has_the_whole_screen(address: str, open_page: OpenPage) -> None:
    page = open_page(address, width=390, height=844, has_touch=True)
    ask(page, "What will the harbour wall cost?")
    page.locator(".marker").first.tap()
    expect(page.locator("mark.current")).to_be_in_viewport()
    view = page.locator(".st-key-article-view")
    box = view.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    for name in ("Copy quote", "Copy link", "Previous citation", "Next citation", "Close"):
        expect(view.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert view.evaluate("view => view.scrollWidth <= view.clientWidth")
    view.get_by_role("button", name="Next citation").tap()
    expect(view).to_contain_text("2 of 2")
    view.get_by_role("button", name="Close").tap()
    expect(view).to_have_count(0)


def test_what_was_clicked_does_not_move(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    for _ in range(3):
        ask(page, "What will the harbour wall cost?")
    expect(page.locator(".marker")).to_have_count(6)
    marker = page.locator(".marker").nth(2)
    marker.scroll_into_view_if_needed()
    expect(marker).to_be_in_viewport()
    marker.click()
    expect(page.locator("mark.current")).to_be_in_viewport()
    expect(marker).to_be_in_viewport()


def test_the_page_prints_its_answers_and_the_whole_article(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    open_citation(page, 1)
    page.emulate_media(media="print")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_test_id("stChatInput")).to_be_hidden()
    expect(page.locator(".answer .actions").first).to_be_hidden()
    expect(page.locator(".sentences")).to_be_visible()
    view = page.locator(".st-key-article-view")
    assert view.evaluate("view => view.scrollHeight <= view.clientHeight + 1")
    expect(view.locator("mark.current")).to_have_text(COST)
    expect(view.locator(".bar")).to_be_hidden()


def test_text_of_articles_names_its_direction(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    ask(page, "What will the harbour wall cost?")
    open_citation(page, 1)
    for element in (page.locator(".st-key-article-view h2"), page.locator(".source .title").first):
        expect(element).to_have_attribute("dir", "auto")
    expect(page.locator(".bf-text p").first).to_have_attribute("dir", "auto")
    expect(page.locator(".bf-outlet bdi")).to_have_text(WALL.outlet or "")
    expect(page.locator(".source-line bdi").first).to_have_text(WALL.outlet or "")
    assert in_view(page, "mark.current")
    expect(page.locator(".source-line").first).to_have_text(re.compile("15 November 2023"))
