"""Which version of an article questions find, when a file or address is read again with other content."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.archive.catalog import Catalog
from assistant.archive.folder import ArchiveFolder
from assistant.article import Article
from ingest.__main__ import main
from ingest.formats import registry
from ingest.store.check import check
from tests.assistant.archive.test_catalog import downgrade
from tests.fakes import WordEncoder, ingest

ARCHIVE = Path("archive")

FIRST = (
    "The harbour board of Port Ellery voted on Monday to deepen the northern basin, which has been too shallow for "
    "the new ferries since they came into service last spring.",
    "The work will cost 31 million crowns and is to last two summers, said Ida Brandt, who chairs the board. Half of "
    "the money comes from the county, the rest from the berthing dues of the next ten years.",
    "Fishermen fear that the dredgers will bury the oyster beds off Skerra Point. A biologist whom the board asked "
    "found no danger, but the fishermen want a second opinion.",
)
SECOND = (
    "At the hearing before the vote the owners of the boatyards complained that their slipways would be closed for "
    "two seasons. The board promised them a third of the lost rent.",
    "A first plan by the firm of Reyle had been rejected in autumn, because it would have moved the fish market to "
    "the other shore. Nobody spoke for that plan on Monday.",
)
THIRD = (
    "The third page has a short report on the weather of that Monday, which was fair, and on the price of mackerel in "
    "the market hall, which had fallen by a crown since the week before and fell again.",
    "Nobody could say why the mackerel had become so cheap, except the fishermen, who did not want to.",
)
OFFER = (
    "This story is for subscribers only.",
    "Subscribe today for 4 crowns a week and get unlimited access to all our reporting and the daily crossword.",
    "Already a subscriber? Sign in to continue reading. You can cancel at any time.",
)
CONSENT = (
    "We value your privacy",
    "We and our 300 partners use cookies and process personal data for personalised content and measurement.",
    "You may click to consent to our processing, or manage your preferences at any time in the footer of the page.",
)
MISSING = (
    "Sorry, this page does not exist.",
    "The page was removed, had its name changed or is temporarily unavailable. Check that the address is spelt well.",
)
RETRACTED = (
    "This article has been retracted. The Ledger withdrew it on 9 March, because no such vote was held.",
)

STATED = {"title": "Board votes to deepen the basin", "published": "2024-03-04", "outlet": "Harbour Ledger"}
ADDRESS = "https://ledger.example/basin"


def row(*paragraphs: str, **stated: Any) -> dict[str, Any]:
    given = {"url": ADDRESS, **STATED, **stated, "text": "\n\n".join(paragraphs)}
    return {name: value for name, value in given.items() if value is not None}


def page(*paragraphs: str, free: bool | None = None, **stated: str | None) -> str:
    """Return an HTML page with these paragraphs, and JSON-LD about the article."""
    facts = {"title": STATED["title"], "published": STATED["published"], **stated}
    linked: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": facts["title"],
        "datePublished": facts["published"],
    }
    if free is not None:
        linked["isAccessibleForFree"] = free
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    return (
        f'<html><head><title>{facts["title"]}</title><link rel="canonical" href="{ADDRESS}">'
        f'<script type="application/ld+json">{json.dumps(linked)}</script></head>'
        f"<body><article><h1>{facts['title']}</h1>{body}</article></body></html>"
    )


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    made = WordEncoder()
    monkeypatch.setattr("ingest.__main__.LazyEncoder", lambda settings: made)
    (tmp_path / "desk").mkdir()
    yield tmp_path / "desk"
    assert check(ArchiveFolder(ARCHIVE)).differences == []


def add(desk: Path, **files: dict[str, Any] | str) -> None:
    """Ingest one file after the other."""
    for name, content in files.items():
        path = desk / (f"{name}.json" if isinstance(content, dict) else f"{name}.html")
        path.write_text(json.dumps(content) if isinstance(content, dict) else content)
        ingest(ARCHIVE, path)


def current() -> Article:
    with closing(Catalog.open(ARCHIVE / "catalog.sqlite")) as catalog:
        [only] = catalog.articles()
        return only


def told() -> list[str]:
    """The paragraphs of the current version, without the headline that each page repeats."""
    return [part for part in current().body.split("\n\n") if part]


def is_corrected() -> bool:
    with closing(Catalog.open(ARCHIVE / "catalog.sqlite")) as catalog:
        [only] = catalog.articles()
        return only.id in catalog.corrected([only.id])


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


WORSE: dict[str, tuple[dict[str, Any] | str, dict[str, Any] | str, str]] = {
    "a page that is not free": (page(*FIRST), page(FIRST[0], *OFFER, free=False), "not free to read"),
    "a page that is not free, with an offer of no known kind": (
        page(*FIRST),
        page(FIRST[0], *(f"Gift {n} of many that await our readers is told of here." for n in "abcde"), free=False),
        "not free to read",
    ),
    "an offer after the first paragraph": (row(*FIRST), row(FIRST[0], *OFFER), "an offer"),
    "only the first paragraph": (row(*FIRST), row(FIRST[0]), "lacks much of the text"),
    "a consent form": (row(*FIRST), row(*CONSENT, title="We value your privacy", published=None), "a consent form"),
    "a missing page": (row(*FIRST), row(*MISSING, title="Page not found"), "an error page"),
    "a page without a date": (row(*FIRST), row(*FIRST[:2], FIRST[2].upper(), published=None), "has no date"),
    "another page that gives no number": (row(*FIRST), row(*SECOND), "another page"),
    "an offer that is dated later": (row(*FIRST), row(FIRST[0], *OFFER, updated="2024-03-09"), "an offer"),
    "a form in German": (
        row(*FIRST),
        row("Wir schätzen Ihre Privatsphäre.", "Ihre Datenschutzeinstellungen sind hier.", title="Zustimmung"),
        "a consent form",
    ),
    "a check for robots": (
        row(*FIRST),
        row("Please enable JavaScript and cookies to continue.", title="One moment"),
        "error page",
    ),
    "a copy that was made before the correction": (
        row(*FIRST, "Correction: An earlier version of this article named the wrong county."),
        row(*FIRST),
        "lacks the notice",
    ),
}  # fmt: skip


ALONE: dict[str, dict[str, Any] | str] = {
    "a consent form": page(*CONSENT, title="We value your privacy", published=None),
    "a missing page": page(
        *MISSING,
        "Try our search, or write to our readers' desk. It will help you.",
        title="Page not found",
        published=None,
    ),
    "an offer under the headline": page(*OFFER, free=False),
    "a row of a crawl": row(*OFFER),
}


@pytest.mark.parametrize("kind", ALONE)
def test_a_page_that_is_only_a_barrier_is_no_article(
    desk: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    add(desk, a=row(*SECOND, url=None), b=ALONE[kind])
    assert current().text == "\n\n".join(SECOND)
    [rejected] = [each for each in listed(capsys, "--status") if each.get("state") == "rejected"]
    assert "only an offer, a consent form or an error" in rejected["reason"]
    assert main(["--dry-run", "--archive", "other", str(desk)]) == 1
    assert "1 added, 0 updated, 0 unchanged, 0 copies, 1 rejected" in capsys.readouterr().out


def test_of_a_page_below_a_lead_the_offer_is_not_quoted(desk: Path) -> None:
    add(desk, a=page(FIRST[0], *OFFER, free=False))
    assert told() == [FIRST[0]]
    assert OFFER[1] in current().text


@pytest.mark.parametrize("order", ["better first", "worse first"])
@pytest.mark.parametrize("kind", WORSE)
def test_a_worse_version_is_kept_but_not_found(
    desk: Path, capsys: pytest.CaptureFixture[str], kind: str, order: str
) -> None:
    better, worse, reason = WORSE[kind]
    names = ["a", "b"] if order == "better first" else ["b", "a"]
    add(desk, **dict(sorted(zip(names, [better, worse], strict=True))))
    if kind == "another page that gives no number" and order == "worse first":
        assert SECOND[0] in current().text
        return
    assert FIRST[2] in current().text
    if order == "better first":
        assert not is_corrected()
        records = [each for each in listed(capsys, "--status") if "record" in each]
        [aside] = [each for each in records if each["state"] == "set_aside"]
        assert reason in aside["reason"]
        assert aside["version"] == 2
        assert main(["--status"]) == 0
        assert f"set aside: {aside['record']}, version 2 of {aside['article']}: " in capsys.readouterr().out
    else:
        assert is_corrected() is (kind == "a copy that was made before the correction")


def test_the_report_of_an_ingest_counts_what_was_set_aside(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "a.json").write_text(json.dumps(row(*FIRST)))
    (desk / "b.json").write_text(json.dumps(row(FIRST[0], *OFFER)))
    assert main(["desk", "--json"]) == 0
    output = capsys.readouterr().out
    assert "set aside, because another version is better: 1 version (see --status)" in output
    assert json.loads(output.splitlines()[-1])["set_aside"] == 1


BETTER = {
    "a number is changed": row(FIRST[0], FIRST[1].replace("31 million", "33 million"), FIRST[2]),
    "a paragraph is left out": row(FIRST[0], FIRST[1], updated="2024-03-06"),
    "the story goes on": row(*FIRST, *SECOND, updated="2024-03-05"),
    "all of it is written anew": row(*SECOND, updated="2024-03-05"),
    "a notice is added": row("Correction: the county pays a third.", *FIRST),
    "it is retracted": row(*RETRACTED),
    "a retraction without a date": row(*RETRACTED, published=None),
    "its title says so": row(FIRST[0], title="Retracted: Board votes to deepen the basin"),
    "it is withdrawn in other words": row(
        "The story that appeared here has been removed at the request of a court."
    ),
}


@pytest.mark.parametrize("kind", BETTER)
def test_a_correction_becomes_current(desk: Path, kind: str) -> None:
    add(desk, a=row(*FIRST), b=BETTER[kind])
    assert current().version == 2
    assert is_corrected()


def test_an_old_text_does_not_come_back_after_its_retraction(desk: Path) -> None:
    add(
        desk,
        a=row(*FIRST),
        b=row(*RETRACTED, updated="2024-03-09"),
        c=row(*FIRST[:2], FIRST[2] + " They met."),
    )
    assert current().text == RETRACTED[0]
    with closing(Catalog.open(ARCHIVE / "catalog.sqlite")) as catalog:
        assert catalog.lexical("oyster", limit=3) == []


def test_the_same_text_with_another_date_is_no_correction(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(desk, a=row(*FIRST), b=row(*FIRST, updated="2024-03-06"))
    assert current().version == 2
    assert not is_corrected()
    [old, new] = listed(capsys, "--versions", ADDRESS)
    assert (old["state"], new["state"]) == ("set_aside", "current")
    assert old["reason"] == "has the same title and text as another version"


@pytest.mark.parametrize(
    "names", [("basin", "basin_page2"), ("basin-page-1", "basin-page-2"), ("z", "a-page2")]
)
def test_pages_that_give_their_numbers_are_joined(
    desk: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, str]
) -> None:
    one, two = names
    for name, content in sorted([(one, page(*FIRST)), (two, page(*SECOND))]):
        add(desk, **{name: content})
    assert told() == [*FIRST, *SECOND]
    assert not is_corrected()
    last = listed(capsys, "--status")[-1]
    assert last["records"] == {"indexed": 2}
    assert dict(ingest(ARCHIVE, desk).outcomes) == {"unchanged": 2}
    add(desk, third_page3=page(*THIRD))
    assert "mackerel" in current().text
    assert told()[0] == FIRST[0]
    add(desk, **{two: page(SECOND[0].replace("a third", "a half"), SECOND[1])})
    assert "a half of the lost rent" in current().text
    assert "a third of the lost rent" not in current().text
    assert "mackerel" in current().text
    assert is_corrected()


def test_a_page_of_an_address_is_joined(desk: Path) -> None:
    pages = {
        "https://ledger.example/basin?page=2": page(*SECOND),
        ADDRESS: page(*FIRST),
    }
    records: list[bytes] = []
    for address, content in pages.items():
        reply = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{content}".encode()
        records.append(
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2024-03-05T00:00:00Z\r\n"
            f"WARC-Record-ID: <urn:x:{len(records)}>\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(reply)}\r\n\r\n".encode()
            + reply
            + b"\r\n\r\n"
        )
    (desk / "crawl.warc").write_bytes(b"".join(records))
    ingest(ARCHIVE, desk)
    assert told() == [*FIRST, *SECOND]


def test_the_same_bytes_read_better_are_no_correction(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "a.json").write_text(
        json.dumps([row(*FIRST), row(*FIRST, updated="2024-03-08", title="Basin, again")])
    )
    ingest(ARCHIVE, desk)
    before = current()
    reading = registry.parse

    def better(*arguments: Any) -> Any:
        for record in reading(*arguments):
            if isinstance(record, Article):
                record = replace(record, text=record.text.replace("crowns", "kr"), furniture=())
            yield record

    monkeypatch.setattr(registry, "parse", better)
    monkeypatch.setattr(registry, "VERSION", registry.VERSION + 1)
    assert ingest(ARCHIVE, desk).outcomes["updated"] == 2
    assert current().title == before.title
    assert "31 million kr" in current().text
    states = [(each["state"], each["reason"]) for each in listed(capsys, "--versions", ADDRESS)]
    assert [state for state, _ in states] == ["set_aside", "set_aside", "superseded", "current"]
    assert "the same bytes" in states[1][1]


def test_an_older_archive_that_is_read_again_has_no_corrections(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk, a=row(*FIRST))
    with closing(sqlite3.connect(ARCHIVE / "catalog.sqlite")) as database:
        downgrade(database, schema=3)
    assert current().version == 1
    reading = registry.parse

    def better(*arguments: Any) -> Any:
        for record in reading(*arguments):
            if isinstance(record, Article):
                record = replace(record, text=record.text.replace("crowns", "kr"), furniture=())
            yield record

    monkeypatch.setattr(registry, "parse", better)
    monkeypatch.setattr(registry, "VERSION", registry.VERSION + 1)
    assert ingest(ARCHIVE, desk).outcomes["updated"] == 1
    assert current().version == 2
    assert not is_corrected()


def test_a_version_is_chosen_by_hand(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(desk, a=row(*FIRST), b=row(FIRST[0], *OFFER), c=row(*FIRST[:2], updated="2024-03-06"))
    assert current().version == 3
    id = current().id
    for version, corrected in ((1, False), (2, True), (3, True)):
        assert main(["--make-current", id, "--version", str(version)]) == 0
        assert f"Version {version} of article {id} is the current one." in capsys.readouterr().out
        assert current().version == version
        assert is_corrected() is corrected
        assert ingest(ARCHIVE, desk).outcomes["unchanged"] == 3
        assert current().version == version
    assert main(["--versions", "desk/a.json"]) == 0
    assert "3  current\n" in capsys.readouterr().out


def test_a_version_or_article_that_does_not_exist_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(desk, a=row(*FIRST))
    assert main(["--make-current", ADDRESS, "--version", "2"]) == 2
    assert "has no version 2: `python -m ingest --versions" in capsys.readouterr().err
    assert main(["--versions", "nothing"]) == 2
    assert "the archive has no article nothing" in capsys.readouterr().err
    for arguments in (["--make-current", ADDRESS], ["--versions", "a", "b"], ["desk", "--version", "2"]):
        with pytest.raises(SystemExit):
            main(arguments)
