"""Everything a user does, in a browser: ingest articles, ask a question, read its answer in the source."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT
from tests.browser.reading import OpenPage, Serve, ask, in_view

pytestmark = [pytest.mark.browser, pytest.mark.models]

SEED = ROOT.parent / "shared" / "data" / "seed"
CLAIMANT = "Democratic Front for the Liberation of Palestine"
QUESTION = "Who claimed the Sderot barrage?"


def ingest(path: Path, archive: Path) -> dict[str, int]:
    """Run `python -m ingest`; returns its report."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILE_")}
    command = [sys.executable, "-m", "ingest", str(path), "--archive", str(archive), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.fixture(scope="module")
def seed_address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> str:
    if not SEED.exists():
        pytest.skip(f"the agency report these questions are about is not at {SEED}")
    archive = tmp_path_factory.mktemp("seed") / "archive"
    assert ingest(SEED, archive)["added"] == 1
    return serve("app.py", environment={"BACKFILE_ARCHIVE": str(archive)})


@pytest.fixture(scope="module")
def sample_address(serve: Serve, sample_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    archive = tmp_path_factory.mktemp("sample") / "archive-sample"
    shutil.copytree(sample_archive, archive)
    return serve("app.py", environment={"BACKFILE_ARCHIVE": str(archive)})


def read_first_citation(page: Page) -> str:
    """Press the first citation of the newest answer; returns the words marked in its article."""
    page.locator(".answer").last.locator(".marker").first.click()
    expect(page.locator(".st-key-article-view")).to_be_focused()
    assert in_view(page, "mark.current")
    return page.locator("mark.current").text_content() or ""


def test_a_claim_is_read_at_its_source(seed_address: str, open_page: OpenPage) -> None:
    page = open_page(seed_address)
    ask(page, QUESTION)
    expect(page.locator(".sentences")).to_contain_text(CLAIMANT)
    marked = read_first_citation(page)
    # In the report the sentence that says so is its own paragraph.
    lines = next(SEED.glob("*.txt")).read_text("utf-8").splitlines()
    [sentence] = [line for line in lines if CLAIMANT in line]
    assert marked == sentence.strip()
    expect(page.locator(".st-key-article-view h2")).to_have_text(lines[0])
    expect(page.locator(".st-key-article-view")).to_contain_text("2 February 2023")

    page.reload()
    expect(page.locator(".sentences")).to_contain_text(CLAIMANT)
    assert read_first_citation(page) == marked
    page.get_by_role("button", name="Close").click()
    page.locator("[class*=st-key-delete-] button:visible").click()
    expect(page.locator(".answer")).to_have_count(0)
    expect(page.locator("[class*=st-key-conversation-]")).to_have_count(0)


def test_a_question_outside_the_archive_is_not_answered(seed_address: str, open_page: OpenPage) -> None:
    page = open_page(seed_address)
    ask(page, "Who won the football world cup in 2022?")
    expect(page.locator(".abstention")).to_contain_text("The archive holds 1 article of 1 outlet")
    expect(page.locator(".marker")).to_have_count(0)


def test_the_sample_answers_with_its_sources(
    sample_address: str, open_page: OpenPage, request: pytest.FixtureRequest
) -> None:
    page = open_page(sample_address, width=1360, height=860)
    expect(page.get_by_text("Demonstration archive.")).to_be_visible()
    ask(page, QUESTION)
    marked = read_first_citation(page)
    assert marked in (page.locator(".sentences").text_content() or "")
    picture: Path | None = request.config.getoption("--screenshot", None)
    if picture:
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        page.screenshot(path=picture)


def test_a_missing_archive_shows_the_command_that_makes_it(
    serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(serve("app.py", environment={"BACKFILE_ARCHIVE": str(tmp_path / "none")}))
    expect(page.get_by_test_id("stCode")).to_have_text(
        f'python -m ingest PATH --archive "{tmp_path / "none"}"'
    )


def test_a_folder_that_is_not_an_archive_gives_a_readable_error(
    serve: Serve, open_page: OpenPage, tmp_path: Path
) -> None:
    (tmp_path / "catalog.sqlite").write_text("something else")
    address = serve("app.py", environment={"BACKFILE_ARCHIVE": str(tmp_path)})
    page = open_page(address)
    expect(page.get_by_test_id("stAlert")).to_contain_text(str(tmp_path))
    expect(page.get_by_text("Traceback")).to_have_count(0)
