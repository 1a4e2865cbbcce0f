"""Markdown stories, with and without front matter."""

import time

import pytest

from assistant.article import PublicationDate
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, article

STORY = b"""# Wall breached

By *Petra Lunn*

The sea came **over the wall** on [Friday](https://ledger.example/w "title"), ![waves](a.png)
and four streets
were flooded.

## What is known

- Nobody was hurt.
- The [engineer][1] spoke.

> "It held for years," she said.

```
level 4.2 m
```

| Street | Water |
|---|---|
| Quay | 1 m |

<!-- not for print -->
<script>alert(1)</script>

[1]: https://ledger.example/e
"""


def test_a_story_is_its_text_without_marks(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("wall.md", STORY))
    assert found.title == "Wall breached"
    assert found.authors == ("Petra Lunn",)
    assert found.text.split("\n\n")[2:7] == [
        "The sea came over the wall on Friday, and four streets were flooded.",
        "What is known",
        "Nobody was hurt.",
        "The engineer spoke.",
        '"It held for years," she said.',
    ]
    assert "level 4.2 m" in found.text and "Quay" in found.text
    for gone in ("#", "*", "](", "https:", "alert", "not for print", "|"):
        assert gone not in found.text


@pytest.mark.parametrize(
    "front",
    [
        b'---\ntitle: "Wall: breached"\ndate: 2023-11-25\nauthor: Petra Lunn\nsource: The Ledger\n---\n',
        b"---\r\ntitle: 'Wall: breached'\r\ndate: 25 November 2023\r\nauthors:\r\n  - Petra Lunn\r\n"
        b"source: The Ledger\r\n---\r\n",
        b'+++\ntitle = "Wall: breached"\ndate = 2023-11-25\nauthors = ["Petra Lunn"]\nsource = "The Ledger"\n+++\n',
    ],
    ids=["plain", "list", "toml"],
)
@pytest.mark.parametrize("name", ["wall.md", "wall.markdown", "wall.txt", "wall"])
def test_front_matter_is_read_like_a_record(parse_bytes: ParseBytes, name: str, front: bytes) -> None:
    found = article(parse_bytes(name, front + b"description: below\n\nThe sea came **over** the wall."))
    assert found.title == "Wall: breached"
    assert found.published == PublicationDate("2023-11-25", "metadata")
    assert (found.authors, found.outlet) == (("Petra Lunn",), "The Ledger")
    assert found.text == "description: below\n\nThe sea came over the wall."


def test_front_matter_never_replaces_the_story(parse_bytes: ParseBytes) -> None:
    data = b"---\ntitle: One\ntext: short\ndescription: shorter\n---\nThe story itself."
    assert article(parse_bytes("a.md", data)).text == "The story itself."


def test_a_rule_at_the_top_is_not_front_matter(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.md", b"---\n\nThe sea came.\n\n---\n\nIt went."))
    assert found.text == "The sea came.\n\nIt went."
    assert found.title == "The sea came."


def test_descriptions_of_an_archive_are_not_stories(parse_bytes: ParseBytes) -> None:
    assert parse_bytes("README.md", STORY) == []


def test_without_text(parse_bytes: ParseBytes) -> None:
    [rejected] = parse_bytes("a.md", b"---\ntitle: One\ndate: 2023\n---\n\n")
    assert isinstance(rejected, Rejected) and rejected.reason.startswith("no text")


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 190_000,
        b"[a](" * 45_000,
        b"*a **b " * 27_000,
        b"> " * 95_000 + b"a",
        b"- " * 95_000 + b"a",
        b"`" * 95_000 + b"a" + b"`" * 90_000,
        b"<a " * 60_000,
        b"![" * 95_000,
        b"a" + b" " * 190_000 + b"b",
        b"---\nt" + b" " * 190_000 + b"\n---\na",
        b"|a" * 45_000 + b"\n" + b"|-" * 45_000,
        b"a\n" * 95_000,
    ],
    ids=lambda data: repr(data[:6]),
)
def test_hostile_marks_take_bounded_time(parse_bytes: ParseBytes, data: bytes) -> None:
    began = time.process_time()
    assert len(parse_bytes("a.md", data)) == 1
    assert time.process_time() - began < 30


def test_a_file_above_the_limit_is_rejected(parse_bytes: ParseBytes) -> None:
    [rejected] = parse_bytes("a.md", b"word " * 50_000)
    assert rejected == Rejected("desk/a.md", "too large: a Markdown file may have 200 kB")
