"""Families: copies of one story are in one family, in whatever order and ingests they arrive."""

import itertools
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from assistant.archive.catalog import Catalog
from assistant.article import Article
from ingest.formats.registry import parse
from ingest.parsing import sketch as sketches
from ingest.parsing.sketch import Sketch, jaccard, shingles, words
from ingest.sources.files import ReadOptions, walk
from ingest.store import families
from ingest.store.versions import New, Versions
from tests.fakes import article, ingest

SENTENCES = [
    "The gale took the roof of the market hall in Port Ellery on Monday night.",
    "Two people were hurt by falling slates, the fire brigade said.",
    "Mayor Ida Brandt called the damage the worst in forty years.",
    "The hall was built in 1911 and holds sixty stalls.",
    "Traders will sell from tents on the quay until it is mended.",
    "Insurers put the loss at nine million crowns.",
    "A second storm is expected on Thursday, the weather service warned.",
    "Ferries to the islands stay in harbour until Friday.",
    "Schools in the old town remain closed, the council decided.",
    "The bridge over the Elle was opened to lorries again at noon.",
]
STORY = " ".join(SENTENCES)
"""A wire story of 107 words."""

OTHER = (
    "Ferry crews stopped work over pay, and the union said that forty sailings were cancelled between the mainland "
    "and the islands. The company spoke of twelve. Talks go on in the town hall on Wednesday, led by a judge."
)

ANEW = OTHER + (
    " The judge, Nora Hale, has settled such a dispute before, in the winter of the great frost, when coal ran short."
)
"""Another story, long enough to be what became of the first."""


def row(name: str, text: str, published: str | None = None, **fields: str) -> dict[str, str]:
    found = {
        "title": "Gale takes roof",
        "text": text,
        "outlet": name,
        "url": f"https://{name}.example/1",
        **fields,
    }
    return found if published is None else {**found, "published": published}


WIRE = row("wire", STORY, "2023-11-05")
LEDGER = row("ledger", STORY.replace("on Monday night", "overnight"), "2023-11-06")
BEACON = row("beacon", STORY + " Our reporter saw it happen.", "2023-11-07")
STRIKE = row("strike", OTHER, "2023-11-05")


def put(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    folder.mkdir(exist_ok=True)
    for number, each in enumerate(rows):
        (folder / f"{number}.json").write_text(json.dumps(each))
    return folder


def grouped(archive: Path) -> dict[str, set[str]]:
    """Return the outlets of each family, by the outlet of its lead."""
    with closing(sqlite3.connect(archive / "catalog.sqlite")) as database:
        rows = database.execute("SELECT id, family, outlet FROM articles WHERE current").fetchall()
    names = {id: outlet for id, _, outlet in rows}
    found: dict[str, set[str]] = defaultdict(set)
    for _, family, outlet in rows:
        found[names[family]].add(outlet)
    return found


def test_what_is_shared_is_counted_in_shingles() -> None:
    one, two = shingles(words("a b c d e f")), shingles(words("A b, c d e g!"))
    assert one == {"a b c d e", "b c d e f"}
    assert jaccard(one, two) == 1 / 3
    assert shingles(words("two words")) == {"two words"}
    assert shingles(words(" … ")) == set()
    assert jaccard(set(), set()) == 0.0


def numbered(*runs: range) -> str:
    return " ".join(f"w{number}" for run in runs for number in run)


def test_a_signature_tells_about_how_much_is_shared() -> None:
    whole, most = (Sketch(article(numbered(range(end)))) for end in (2_000, 1_700))
    shared = jaccard(whole.shingles, most.shingles)
    assert shared == pytest.approx(0.85, abs=0.01)
    assert (whole.signature == most.signature).mean() == pytest.approx(shared, abs=families.MARGIN)


@pytest.mark.parametrize(
    ("other", "copies", "copies_of_a_day"),
    [
        (numbered(range(2_000)), True, True),
        # A tenth is rewritten; then a seventh; then a fifth.
        (numbered(range(1_800), range(3_000, 3_200)), True, True),
        (numbered(range(1_700), range(3_000, 3_300)), False, True),
        (numbered(range(1_600), range(3_000, 3_400)), False, False),
        # The first sentence is rewritten; then the whole opening.
        (numbered(range(3_000, 3_040), range(40, 2_000)), True, True),
        (numbered(range(3_000, 3_110), range(110, 2_000)), False, False),
        # Shortened to six tenths, to four tenths, and shortened with another beginning.
        (numbered(range(1_200)), True, True),
        (numbered(range(800)), False, False),
        (numbered(range(3_000, 3_070), range(70, 1_500)), False, False),
    ],
)
def test_copies_share_most_of_their_text_and_their_opening_or_are_shortened(
    other: str, copies: bool, copies_of_a_day: bool
) -> None:
    for days, expected in (
        (("2023-11-05", "2023-11-06"), copies),
        (("2023-11", "2023-11"), copies),
        (("2023-11-05", "2023-11-05T10:30:00+01:00"), copies_of_a_day),
    ):
        one = Sketch(article(numbered(range(2_000)), published=days[0]))
        two = Sketch(article(other, published=days[1]))
        assert one.is_copy_of(two) == two.is_copy_of(one) == expected


@pytest.mark.parametrize(
    ("count", "outlets", "titles", "copies"),
    [
        (100, "aa", ("One", "Two"), False),
        (100, "aa", ("One!", "one"), True),
        (100, "ab", ("One", "Two"), True),
        (400, "aa", ("One", "Two"), True),
    ],
)
def test_short_pages_of_one_outlet_under_other_titles_are_not_copies(
    tmp_path: Path, count: int, outlets: str, titles: Sequence[str], copies: bool
) -> None:
    rows = [
        row(outlet, numbered(range(count)), url=f"https://a.example/{number}", title=title)
        for number, (outlet, title) in enumerate(zip(outlets, titles, strict=True))
    ]
    report = ingest(tmp_path / "archive", put(tmp_path / "desk", rows))
    assert report.outcomes["copies"] == copies


def test_signatures_are_stable_forever() -> None:
    # Archives store signatures: with other numbers for the same words, their copies would not be found any more.
    sketch = Sketch(article(STORY))
    assert sketch.signature[:3].tolist() == [3598923, 103917652, 207053434]
    assert sketch.buckets[:2] == [1060997544485279593, -7421836423071261014]
    assert len(sketch.buckets) == sketches.BANDS
    assert Sketch(article("…")).buckets == []


def test_near_copies_are_one_family_led_by_the_earliest_in_any_order(tmp_path: Path) -> None:
    for number, order in enumerate(itertools.permutations([WIRE, LEDGER, BEACON, STRIKE])):
        # Uses only the catalog: families do not depend on vectors, and Chroma takes a second for each archive.
        archive = tmp_path / f"archive{number}"
        archive.mkdir()
        catalog = Catalog.create(archive / "catalog.sqlite")
        files = walk([put(tmp_path / f"desk{number}", order)])
        found = [each for file in files for each in parse(file, ReadOptions())]
        stored = Versions(catalog, lambda _: ()).add(
            [New(each) for each in found if isinstance(each, Article)]
        )
        catalog.close()
        assert Counter(each.outcome for each in stored) == {"added": 2, "copies": 2}
        assert grouped(archive) == {"wire": {"wire", "ledger", "beacon"}, "strike": {"strike"}}


def test_a_copy_that_comes_with_a_later_run_joins_those_of_earlier_ones(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    for number, (each, outcome) in enumerate(
        ((BEACON, "added"), (STRIKE, "added"), (WIRE, "copies"), (LEDGER, "copies"))
    ):
        assert dict(+ingest(archive, put(tmp_path / f"desk{number}", [each])).outcomes) == {outcome: 1}
    assert grouped(archive) == {"wire": {"wire", "ledger", "beacon"}, "strike": {"strike"}}


def test_of_copies_of_one_day_the_most_complete_leads(tmp_path: Path) -> None:
    rows = [{**each, "published": "2023-11-05"} for each in (WIRE, LEDGER, BEACON)]
    ingest(tmp_path / "archive", put(tmp_path / "desk", rows))
    assert set(grouped(tmp_path / "archive")) == {"beacon"}


def test_a_dated_copy_leads_one_without_a_date(tmp_path: Path) -> None:
    rows = [row("undated", STORY + " And more of it."), LEDGER]
    ingest(tmp_path / "archive", put(tmp_path / "desk", rows))
    assert set(grouped(tmp_path / "archive")) == {"ledger"}


def test_what_two_families_have_in_common_makes_them_one(tmp_path: Path) -> None:
    # The first and the last are too different to be copies; the one between is similar to both.
    texts = [numbered(range(1_000 - new), range(2_000, 2_000 + new)) for new in (0, 180, 90)]
    ends = [Sketch(article(text)) for text in texts]
    assert [one.is_copy_of(other) for one, other in itertools.combinations(ends, 2)] == [False, True, True]
    rows = [
        row(name, text, f"2023-11-0{day}")
        for day, (name, text) in enumerate(zip("abc", texts, strict=True), 1)
    ]
    ingest(tmp_path / "archive", put(tmp_path / "desk", rows[:2]))
    assert grouped(tmp_path / "archive") == {"a": {"a"}, "b": {"b"}}
    ingest(tmp_path / "archive", put(tmp_path / "more", rows[2:]))
    assert grouped(tmp_path / "archive") == {"a": {"a", "b", "c"}}
    # After the correction it does not connect them any more.
    ingest(
        tmp_path / "archive",
        put(tmp_path / "more", [{**rows[2], "text": numbered(range(5_000, 6_000)), "updated": "2023-11-09"}]),
    )
    assert grouped(tmp_path / "archive") == {"a": {"a"}, "b": {"b"}, "c": {"c"}}


def test_a_corrected_article_is_a_version_and_leaves_the_family_if_it_is_no_longer_a_copy(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "archive"
    ingest(archive, put(tmp_path / "desk", [WIRE, LEDGER, BEACON]))
    corrected = {**WIRE, "text": STORY.replace("Two people were", "Three people were")}
    report = ingest(archive, put(tmp_path / "corrected", [corrected]))
    assert dict(+report.outcomes) == {"updated": 1}
    assert grouped(archive) == {"wire": {"wire", "ledger", "beacon"}}
    report = ingest(archive, put(tmp_path / "corrected", [{**WIRE, "text": ANEW, "updated": "2023-11-06"}]))
    assert dict(+report.outcomes) == {"updated": 1}
    assert grouped(archive) == {"wire": {"wire"}, "ledger": {"ledger", "beacon"}}


def test_a_corrected_date_changes_who_leads(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    ingest(archive, put(tmp_path / "desk", [WIRE, LEDGER]))
    ingest(
        archive, put(tmp_path / "corrected", [{**WIRE, "published": "2023-11-09", "updated": "2023-11-10"}])
    )
    assert grouped(archive) == {"ledger": {"wire", "ledger"}}


def test_an_archive_without_sketches_is_grouped_with_the_next_ingest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    with monkeypatch.context() as patch:
        patch.setattr(families, "join_family", lambda *_: False)
        ingest(archive, put(tmp_path / "desk", [BEACON, LEDGER, WIRE, STRIKE]))
    assert len(grouped(archive)) == 4
    monkeypatch.setattr(families, "GROUPED", 1)
    ingest(archive, tmp_path / "desk")
    assert grouped(archive) == {"wire": {"wire", "ledger", "beacon"}, "strike": {"strike"}}
    catalog = Catalog.open(archive / "catalog.sqlite")
    assert families.count_unsketched(catalog) == 0
    catalog.close()


def test_texts_without_words_are_not_copies(tmp_path: Path) -> None:
    rows = [row("a", "…"), row("b", "… …"), row("c", "***")]
    report = ingest(tmp_path / "archive", put(tmp_path / "desk", rows))
    assert sum(report.outcomes.values()) + report.rejections == 3
    assert report.outcomes["copies"] == 0


def test_pages_of_one_template_do_not_make_comparing_endless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "COMPARED", 3)
    read = 0
    compared = Sketch.is_copy_of

    def counting(one: Sketch, other: Sketch) -> bool:
        nonlocal read
        read += 1
        return compared(one, other)

    monkeypatch.setattr(Sketch, "is_copy_of", counting)
    # Similar enough to be candidates, but not copies.
    rows = [row(f"t{n}", STORY + " " + " ".join(f"x{n}y{m}" for m in range(25))) for n in range(12)]
    ingest(tmp_path / "archive", put(tmp_path / "desk", rows))
    assert len(rows) < read <= len(rows) * 3
