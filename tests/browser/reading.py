"""What a user does on the page: asks, looks."""

from collections.abc import Callable, Mapping
from typing import Protocol

from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]


class Serve(Protocol):
    """Starts servers of the page, and stops them."""

    def __call__(
        self,
        script: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        at: str | None = None,
    ) -> str:
        """Serve the page of `script`, on a free port or at an address used before; return its address."""
        ...

    def stop(self, address: str) -> None:
        """End the server at an address at once."""
        ...


def ask(page: Page, question: str) -> None:
    """Type a question and send it, once the page is drawn: what is typed earlier may be lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill(question)
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()
    box.press("Enter")


def open_citation(page: Page, number: int) -> str:
    """Press the last marker of this number; return the words marked in its article."""
    page.locator(".marker", has_text=str(number)).last.click()
    expect(page.locator("mark.current").first).to_be_in_viewport()
    expect(page.locator(".st-key-article-view")).to_be_focused()
    return "".join(page.locator("mark.current").all_text_contents())


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
