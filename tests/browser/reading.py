"""What a user does on the page: asks, looks."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Serve = Callable[..., str]
OpenPage = Callable[..., Page]


def ask(page: Page, question: str) -> None:
    """Type a question and send it, once the page is drawn: what is typed earlier may be lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill(question)
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()
    box.press("Enter")


def in_view(page: Page, selector: str) -> bool:
    """Return whether a whole element can be seen without scrolling."""
    seen: bool = page.locator(selector).evaluate(
        """element => {
            const lines = [...element.getClientRects()];
            return lines.every(line => line.top >= 0 && line.bottom <= innerHeight
                && element.contains(document.elementFromPoint(line.left + 2, line.top + 2)));
        }"""
    )
    return seen
