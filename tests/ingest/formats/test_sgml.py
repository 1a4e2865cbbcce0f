"""Stories in the form of the Reuters-21578 collection."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.article import Article, PublicationDate
from ingest.formats.registry import parse
from ingest.sources.files import ReadOptions, walk
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]
DATA = Path(__file__).parents[3] / ".." / "shared" / "data"

STORY = """<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" CGISPLIT="TRAINING-SET" OLDID="5544" NEWID="{number}">
<DATE>26-FEB-1987 15:01:01.79</DATE>
<TOPICS><D>cocoa</D></TOPICS>
<PLACES><D>merrow</D></PLACES>
<UNKNOWN>
&#5;&#5;&#5;C T
&#22;&#22;&#1;f0704&#31;reute</UNKNOWN>
<TEXT>&#2;
<TITLE>CAF\xc9S OF ELLERY &lt;ELR> BUY MORE COCOA</TITLE>
<AUTHOR>    By Petra Lunn, Reuters</AUTHOR>
<DATELINE>    {dateline}</DATELINE><BODY>Cafes of Port Ellery bought more cocoa in
February than ever before, said the harbour's
master &lt;ELR>.
    A ton of it cost 1,750 dlrs &amp; more.
    Ton    Price
 Feb      1,750
 Mar      1,780
 Reuter
&#3;</BODY></TEXT>
</REUTERS>
"""
DOCTYPE = '<!DOCTYPE lewis SYSTEM "lewis.dtd">\n'


def story(number: int = 1, dateline: str = "PORT ELLERY, Feb 26 - ") -> str:
    return STORY.format(number=number, dateline=dateline)


def only(outcome: list[Article | Rejected]) -> Article:
    [found] = outcome
    assert isinstance(found, Article), found
    return found


def test_a_story(parse_bytes: ParseBytes) -> None:
    found = only(parse_bytes("reut.sgm", (DOCTYPE + story()).encode("latin-1")))
    assert found.title == "CAFÉS OF ELLERY <ELR> BUY MORE COCOA"
    assert found.text.split("\n\n") == [
        "PORT ELLERY, Feb 26 - Cafes of Port Ellery bought more cocoa in February than ever before, "
        "said the harbour's master <ELR>.",
        "A ton of it cost 1,750 dlrs & more.",
        "Ton Price\nFeb 1,750\nMar 1,780",
    ]
    assert (found.outlet, found.place, found.authors) == ("Reuters", "PORT ELLERY", ("Petra Lunn",))
    assert found.published == PublicationDate("1987-02-26T15:01:01", "metadata")
    assert found.guid == "reuters-21578:1"


@pytest.mark.parametrize(
    ("dateline", "place"),
    [
        ("CLARKSBURG, W.Va., Feb 26 - ", "CLARKSBURG, W.Va."),
        ("KANSAS CITY, Mo. - March 13 - ", "KANSAS CITY, Mo."),
        ("WEST HARTFORD, Conn., FEb 26 -", "WEST HARTFORD, Conn."),
        ("BOISE, Idaho, March 2 - \n", "BOISE, Idaho"),
        ("LONDON -", "LONDON"),
        ("", "merrow"),
    ],
)
def test_places_of_datelines(parse_bytes: ParseBytes, dateline: str, place: str) -> None:
    assert only(parse_bytes("reut.sgm", (DOCTYPE + story(1, dateline)).encode("latin-1"))).place == place


def test_stories_without_a_body_are_rejected(parse_bytes: ParseBytes) -> None:
    brief = "<REUTERS NEWID='2'><TEXT TYPE='BRIEF'>&#2;******<TITLE>ASSETS ROSE</TITLE>Blah.</TEXT></REUTERS>"
    table = "<REUTERS NEWID='3'><TEXT TYPE='UNPROC'>&#2;WEEKLY REPORT 1.....2</TEXT></REUTERS>"
    none = "<REUTERS NEWID='4'><DATE>26-FEB-1987</DATE></REUTERS>"
    outcome = parse_bytes("reut.txt", (DOCTYPE + story() + brief + table + none + story(5)).encode("latin-1"))
    assert isinstance(outcome[0], Article) and isinstance(outcome[4], Article)
    assert outcome[1:4] == [
        Rejected("desk/reut.txt#2", "no text: a headline without a body"),
        Rejected("desk/reut.txt#3", "no text: a table or notice without a body"),
        Rejected("desk/reut.txt#4", "no text: a story without a body"),
    ]


def test_real_stories() -> None:
    for name, bodies, briefs in (("reut2-000.sgm.gz", 925, 60), ("reut2-005.sgm.gz", 924, 73)):
        path = DATA / "formats" / name
        if not path.exists():
            pytest.skip(f"{name} is not beside this project")
        items = [item for file in walk([path]) for item in parse(file, ReadOptions())]
        found = [item for item in items if isinstance(item, Article)]
        assert (len(items), len(found)) == (1000, bodies)
        assert all(
            item.published.precision == "day" and item.place and item.place[0].isupper() for item in found
        )
        reasons = Counter(item.reason for item in items if isinstance(item, Rejected))
        assert reasons["no text: a headline without a body"] == briefs
        assert sum(reasons.values()) == 1000 - bodies
