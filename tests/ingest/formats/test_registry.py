"""Which parser is chosen, what is skipped or rejected for which reason, and real archives if they are available."""

import json
import os
import tracemalloc
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from assistant.article import Article
from ingest.formats.entry import Unreadable, buffered
from ingest.formats.fields import LIST_NAMES, NAMES, WRAPPER_NAMES
from ingest.formats.registry import CONTAINERS, FORMATS, ParseResult, parse
from ingest.formats.streams import DiskFile
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected, Skipped

ParseBytes = Callable[..., list[ParseResult]]
DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
STORY = b"Wall breached\n\nThe sea came over the wall."


def refusal(outcome: list[ParseResult]) -> Rejected:
    [rejected] = outcome
    assert isinstance(rejected, Rejected)
    return rejected


def test_content_decides_before_the_name(parse_bytes: ParseBytes) -> None:
    record = json.dumps({"title": "One", "text": "Text."}).encode()
    for name in ("a.txt", "a.html", "a.csv", "a"):
        [found] = parse_bytes(name, b"[" + record + b"]")
        assert isinstance(found, Article) and found.title == "One"


def test_the_name_decides_where_content_does_not(parse_bytes: ParseBytes) -> None:
    for name in ("a.txt", "a.TXT", "a.text", "story"):
        [found] = parse_bytes(name, STORY)
        assert isinstance(found, Article) and found.title == "Wall breached"


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("notes.rst", STORY, "supported format: .rst."),
        ("page.xml", b"<?xml version='1.0'?><svg></svg>", "supported format: an XML document."),
        ("slides.pptx", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(64), "an office document"),
        (
            "story.doc",
            b"\xd0\xcf\x11\xe0" + bytes(600),
            "an old office document such as .doc: save it as .docx.",
        ),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(range(256)), "a 7-Zip archive."),
    ],
)
def test_formats_that_cannot_be_read_are_named_with_those_that_can(
    parse_bytes: ParseBytes, name: str, data: bytes, what: str
) -> None:
    reason = refusal(parse_bytes(name, data)).reason
    assert what in reason
    for form in FORMATS:
        assert form.name in reason
    for container in CONTAINERS:
        assert container.suffixes[0] in reason


@pytest.mark.parametrize("name", ["README.md", "README.txt", "readme", "Readme-first.txt", "README"])
def test_descriptions_of_an_archive_are_not_articles(parse_bytes: ParseBytes, name: str) -> None:
    assert parse_bytes(name, STORY) == []


def test_other_names_with_the_same_beginning_are_articles(parse_bytes: ParseBytes) -> None:
    assert len(parse_bytes("readmes-of-the-week.txt", STORY)) == 1


def test_a_file_above_the_limit_is_refused_without_reading_it(tmp_path: Path) -> None:
    for name in ("a.txt", "a.html"):
        path = tmp_path / name
        beginning = b"<!DOCTYPE html><html>" if name == "a.html" else STORY
        with open(path, "wb") as file:
            file.write(beginning.ljust(100_000, b" "))
            file.truncate(200_000_000)
        tracemalloc.start()
        rejected = refusal([item for file in walk([path]) for item in parse(file, ReadOptions())])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rejected.reason == "too large: 200 MB, and one article may have 20 MB of text"
        assert peak < 5_000_000


def test_a_file_that_grows_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(STORY)
    [file] = walk([path])
    path.write_bytes(STORY.ljust(30_000_000, b"."))
    assert "too large" in refusal(list(parse(file, ReadOptions()))).reason


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_a_line_without_end_takes_bounded_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    opening = {"a.jsonl": '{"title": "', "a.json": '[{"title": "', "a.csv": 'title,text\nOne,"'}[name]
    with open(path, "wb") as file:
        file.write(opening.encode())
        for _ in range(80):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    outcome = [item for file in walk([path]) for item in parse(file, ReadOptions())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome and all(isinstance(item, Rejected) and "too large" in item.reason for item in outcome)
    # The limit of an article, plus twice as much while the data is decoded and joined.
    assert peak < 4 * 20_000_000


def test_an_error_of_the_disk_is_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(STORY)
    disk = DiskFile(path)
    folder = os.open(tmp_path, os.O_RDONLY)
    os.dup2(folder, disk.fileno())  # from now on reading fails: it is a folder
    os.close(folder)
    with buffered(disk) as stream, pytest.raises(Unreadable, match="cannot be read: "):
        stream.read(1)


def outcomes(path: Path, most: int | None = None) -> tuple[list[Article], Counter[str]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this project")
    parsed = (item for file in walk([path]) for item in parse(file, ReadOptions()))
    items = list(islice((item for item in parsed if not isinstance(item, Skipped)), most))
    return (
        [item for item in items if isinstance(item, Article)],
        Counter(item.reason.partition(":")[0] for item in items if isinstance(item, Rejected)),
    )


def test_the_agency_story() -> None:
    [found], rejected = outcomes(DATA / "seed")
    assert not rejected
    assert (found.outlet, found.place) == ("AFP", "Gaza (Palestinian Territories)")
    assert (found.published.iso, found.published.origin) == ("2023-02-02T09:48:03", "stamp")
    (first, last) = found.furniture
    assert found.text[first[1] :].lstrip().startswith("The Israeli army and Palestinian fighters")
    assert last[1] == len(found.text)


def test_the_bbc_stories() -> None:
    found, rejected = outcomes(DATA / "formats" / "bbc-2225-txt.zip")
    assert (len(found), rejected) == (2225, Counter())
    [latin] = [article for article in found if article.source.endswith("/sport/199.txt")]
    assert "£15.8m" in latin.text


def test_the_web_pages() -> None:
    found, rejected = outcomes(DATA / "formats" / "news-html-181.zip", most=30)
    assert (len(found), rejected) == (30, Counter())


def test_the_quiz_archive() -> None:
    found, rejected = outcomes(DATA / "realtimeqa" / "articles.jsonl.gz", most=300)
    assert (len(found), rejected) == (300, Counter())
    assert all(article.published.precision == "day" for article in found)
    assert found[0].url == "http://www.cnn.com/2022/05/21/europe/ukraine-war-status-intl/index.html!"


def test_every_known_name_and_suffix_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    for target, names in NAMES.items():
        assert f"| {target} | {', '.join(names)} |" in page
    for form in FORMATS:
        row = " ".join(f"`{suffix}`" for suffix in form.suffixes if suffix)
        assert f"| {form.name} | {row}" in page
    assert all(f"`{name}`" in page for name in LIST_NAMES | WRAPPER_NAMES)
