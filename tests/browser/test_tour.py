"""A tour of the page over the sample, with the real parts. Its pictures are those of docs/tour.md."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import OpenPage, Serve, ask

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(900)]

Picture = Callable[[Page, str], None]


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Picture:
    """Take a picture of the page, if `--tour` names a folder for it."""
    folder: Path | None = request.config.getoption("--tour", None)

    def take(page: Page, name: str) -> None:
        if folder is not None:
            folder.mkdir(exist_ok=True)
            page.wait_for_timeout(800)
            page.screenshot(path=folder / f"{name}.png")

    return take


def test_a_tour_of_the_page(
    serve: Serve,
    open_page: OpenPage,
    sample_archive: Path,
    tmp_path_factory: pytest.TempPathFactory,
    picture: Picture,
) -> None:
    archive = tmp_path_factory.mktemp("tour") / "archive-sample"
    shutil.copytree(sample_archive, archive)
    address = serve("app.py", environment={"BACKFILE_ARCHIVE": str(archive)})
    page = open_page(address, width=1280, height=800)
    picture(page, "1-first-screen")

    ask(page, "Who claimed the Sderot barrage?")
    expect(page.locator(".marker").first).to_be_visible()
    page.locator(".marker").first.hover()
    expect(page.locator(".card").first).to_be_visible()
    picture(page, "2-quote-card")
    page.locator(".marker").first.click()
    expect(page.locator("mark.current").first).to_be_in_viewport()
    page.mouse.move(0, 0)
    picture(page, "3-article")
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-article-view")).to_have_count(0)

    ask(page, "And how many rockets were in it?")
    line = page.locator(".understood")
    expect(line).to_have_count(2)
    expect(line.last).to_contain_text("Searched as “Who claimed the Sderot barrage?")
    expect(page.get_by_role("button", name="Stop answering")).to_have_count(0)
    picture(page, "4-follow-up")
    line.last.get_by_role("button", name="Edit").click()
    expect(line.last.get_by_role("textbox")).to_be_focused()
    picture(page, "5-edit")
    line.last.get_by_role("button", name="Cancel").click()

    ask(page, "What did the Ellery Beacon report about the ferry strike in 2023?")
    expect(line).to_have_count(3)
    expect(page.get_by_role("button", name="Stop answering")).to_have_count(0)
    picture(page, "6-restricted")

    ask(page, "Who won the football world cup in 2022?")
    expect(page.get_by_role("button", name="Stop answering")).to_have_count(0)
    expect(page.locator(".abstention").last).to_contain_text("The archive holds")
    picture(page, "7-no-answer")

    page.locator("[class*=st-key-delete-] button:visible").first.click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    picture(page, "8-undo")
    page.get_by_role("button", name="Undo").click()
    expect(line).to_have_count(4)
    conversation = page.url

    page.get_by_role("radio", name="Archive").click()
    box = page.get_by_role("searchbox", name="All of these words")
    box.fill('"sea wall" Quint')
    box.press("Enter")
    expect(page.get_by_role("status").filter(has_text="4 articles")).to_be_visible()
    page.locator("[data-testid=stDataFrame] .dvn-scroller").first.click(position={"x": 300, "y": 55})
    expect(page.locator("mark.current")).to_be_visible()
    picture(page, "10-archive")

    phone = open_page(conversation, width=390, height=844, color_scheme="dark", has_touch=True)
    expect(phone.locator(".understood")).to_have_count(4)
    phone.goto(f"{conversation}&turn=1")
    phone.locator(".marker").first.tap()
    expect(phone.locator("mark.current").first).to_be_in_viewport()
    picture(phone, "9-telephone")
