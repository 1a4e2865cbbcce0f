"""Section and keywords, in every format that has them."""

import json

import pytest

from ingest.articles.keywords import LONGEST_KEYWORD, MOST_KEYWORDS, keywords
from tests.ingest.parsed import ParseBytes, article

TEXT = "The sea wall at Sandhaven gave way a little before midnight on Friday, the city's engineer said."
RECORD = {"title": "Wall breached", "text": TEXT}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ("", ()),
        ("sea, walls,, sea", ("sea", "walls")),
        ("Lunn, Petra; Sandhaven", ("Lunn, Petra", "Sandhaven")),
        ("sea | walls", ("sea", "walls")),
        (["sea", "Lunn, Petra", None, 7, {"name": "walls"}, {"id": 3}], ("sea", "Lunn, Petra", "walls")),
        ("['sea', \"sailors' wages\"]", ("sea", "sailors' wages")),
        ("R&amp;D, <b>sea</b>, “wall”", ("R&D", "sea", "wall")),
        ([12, "12", "2024 floods"], ("2024 floods",)),
        ("x" * (LONGEST_KEYWORD + 1), ()),
        ([f"word {n}" for n in range(MOST_KEYWORDS + 1)], tuple(f"word {n}" for n in range(MOST_KEYWORDS))),
    ],
)
def test_keywords_in_lists_and_lines(value: object, expected: tuple[str, ...]) -> None:
    assert keywords(value) == expected


FORMATS = {
    "a.json": json.dumps({**RECORD, "section": ["Coast", "News"], "tags": ["sea", "walls"]}),
    "b.json": json.dumps({**RECORD, "sectionName": "Coast", "categories": [3, 4], "keywords": "sea, walls"}),
    "a.csv": f'title,text,category,news_keywords\nWall breached,"{TEXT}",Coast,sea; walls',
    "a.md": f"---\ntitle: Wall breached\nsection: Coast\ntags: [sea, walls]\n---\n{TEXT}",
    "a.txt": f"Title: Wall breached\nSection: Coast\nKeywords: sea, walls\n\n{TEXT}",
    "a.nitf": '<nitf><head><meta name="online_sections" content="Coast; News"/><docdata><key-list><keyword key="sea"/>'
    f'<keyword key="walls"/></key-list></docdata></head><body><body.content><p>{TEXT}</p></body.content></body></nitf>',
    "b.nitf": '<nitf><head><docdata><key-list><keyword key="sea"/><keyword key="walls"/></key-list></docdata>'
    f'<pubdata position.section="Coast"/></head><body><body.content><p>{TEXT}</p></body.content></body></nitf>',
    "ninjs.json": json.dumps(
        {
            "uri": "urn:1",
            "versioncreated": "2023-11-25",
            "headline": "Wall breached",
            "body_text": TEXT,
            "service": [{"name": "Coast"}],
            "subject": [{"name": "sea"}, {"name": "walls"}],
        }
    ),
    "a.wxr": '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">'
    "<channel><item><title>Wall breached</title>"
    '<category domain="category">Uncategorized</category><category domain="category">Coast</category>'
    '<category domain="post_tag">sea</category><category domain="category">walls</category>'
    f"<content:encoded><![CDATA[{TEXT}]]></content:encoded></item></channel></rss>",
}


@pytest.mark.parametrize("name", FORMATS)
def test_section_and_keywords(parse_bytes: ParseBytes, name: str) -> None:
    found = article(parse_bytes(name, FORMATS[name].encode()))
    assert (found.section, found.keywords) == ("Coast", ("sea", "walls"))


WITHOUT_SECTION = {
    "a.rss": f"<rss><channel><item><title>Wall</title><description>{TEXT}</description><category>sea</category>"
    "<category>walls</category></item></channel></rss>",
    "a.atom": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Wall</title>'
    f'<content>{TEXT}</content><category term="s" label="sea"/><category term="walls"/></entry></feed>',
    "a.newsml": '<newsItem guid="urn:2"><contentMeta><headline>Wall</headline><keyword>sea</keyword>'
    "<keyword>walls</keyword><subject><name>water</name></subject></contentMeta>"
    f"<contentSet><inlineData>{TEXT}</inlineData></contentSet></newsItem>",
    "b.newsml": '<newsItem guid="urn:2"><contentMeta><headline>Wall</headline><subject><name>sea</name></subject>'
    "<subject><name>walls</name></subject></contentMeta>"
    f"<contentSet><inlineData>{TEXT}</inlineData></contentSet></newsItem>",
    "a.sgm": '<REUTERS NEWID="1"><TOPICS><D>sea</D><D>walls</D></TOPICS><TEXT><TITLE>WALL</TITLE>'
    f"<BODY>{TEXT}</BODY></TEXT></REUTERS>",
    "a.eml": f"From: Petra Lunn <p@ledger.example>\nSubject: Wall\nKeywords: sea, walls\n\n{TEXT}\n",
}


@pytest.mark.parametrize("name", WITHOUT_SECTION)
def test_keywords_alone(parse_bytes: ParseBytes, name: str) -> None:
    found = article(parse_bytes(name, WITHOUT_SECTION[name].encode()))
    assert (found.section, found.keywords) == (None, ("sea", "walls"))


def test_mapped_by_hand(parse_bytes: ParseBytes) -> None:
    data = json.dumps(
        {**RECORD, "tags": "none of these", "desk code": "Coast", "about": {"words": "sea, walls"}}
    )
    found = article(parse_bytes("a.json", data.encode(), section="desk code", keywords="about.words"))
    assert (found.section, found.keywords) == ("Coast", ("sea", "walls"))
