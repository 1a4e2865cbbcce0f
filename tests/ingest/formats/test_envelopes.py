"""Records inside what interfaces, databases and editorial systems put around them."""

import json

import pytest

from assistant.article import Article
from ingest.sources.rejections import Rejected
from tests.ingest.parsed import ParseBytes, article, reason

WALL = "The outer wall of the harbour gave way on Saturday night, and forty boats were lost."
RECORD = {"title": "Wall", "body": WALL, "published_at": "2019-02-03"}
PARAGRAPHS = f"<p>{WALL}</p><p>Nobody was hurt.</p>"
COLUMNS = {
    "title": {"0": "Wall", "1": "Pilots"},
    "text": {"0": WALL, "1": "They struck."},
    "date": {"0": 1549152000000, "1": -1577923200000},
}


def only(parse_bytes: ParseBytes, value: object, name: str = "export.json") -> Article:
    return article(parse_bytes(name, json.dumps(value).encode()))


@pytest.mark.parametrize(
    "value",
    [
        {"hits": {"total": {"value": 1}, "hits": [{"_index": "news", "_id": "9", "_source": RECORD}]}},
        {"_index": "news", "_type": "_doc", "_score": 1, "_source": RECORD},
        {"hits": {"hits": [{"_index": "news", "fields": {name: [value] for name, value in RECORD.items()}}]}},
        {"ok": True, "rows": [{"rowid": 1, **RECORD}], "truncated": False},
        {"database": "news", "columns": ["rowid", *RECORD], "rows": [[1, *RECORD.values()]]},
        {"columns": list(RECORD), "index": [0], "data": [list(RECORD.values())]},
        {
            "schema": {"fields": [{"name": "title"}], "pandas_version": "1.4.0"},
            "data": [{"index": 0, **RECORD}],
        },
        {"0": RECORD},
        {"https://ledger.example/wall": RECORD},
        {name: {"0": value} for name, value in RECORD.items()},
        {
            "total_rows": 1,
            "rows": [{"id": "a", "key": "a", "value": {"rev": "1-a"}, "doc": {"_id": "a", **RECORD}}],
        },
        {"data": {"edges": [{"node": RECORD}]}},
        {"data": [{"id": 1, "attributes": RECORD}]},
        {"articles": [{"article": RECORD}]},
    ],
)
def test_a_record_in_its_envelope(parse_bytes: ParseBytes, value: object) -> None:
    found = only(parse_bytes, value)
    assert (found.title, found.text, found.published.iso) == ("Wall", WALL, "2019-02-03")
    assert found.outlet is None or found.outlet == "ledger.example"


def test_lines_of_elasticdump_and_a_mapping_into_them(parse_bytes: ParseBytes) -> None:
    line = json.dumps({"_index": "news", "_source": {**RECORD, "kopf": "Other"}}).encode()
    first, second = parse_bytes("dump.json", line + b"\n" + line, title="_source.kopf")
    assert isinstance(first, Article) and isinstance(second, Article)
    assert (first.title, second.source) == ("Other", "desk/dump.json#2")


def test_a_table_of_pandas_by_column(parse_bytes: ParseBytes) -> None:
    first, second = parse_bytes("frame.json", json.dumps(COLUMNS).encode())
    assert isinstance(first, Article) and isinstance(second, Article)
    assert (first.title, first.published.iso) == ("Wall", "2019-02-03T00:00:00+00:00")
    assert (second.title, second.text, second.published.iso) == (
        "Pilots",
        "They struck.",
        "1920-01-01T00:00:00+00:00",
    )


def test_the_guardian(parse_bytes: ParseBytes) -> None:
    result = {
        "id": "uk/2019/feb/03/wall",
        "type": "article",
        "sectionName": "UK news",
        "webPublicationDate": "2019-02-03T07:15:00Z",
        "webTitle": "Wall | Harbours",
        "webUrl": "https://guardian.example/uk/2019/feb/03/wall",
        "fields": {
            "headline": "Wall",
            "byline": "Petra Lunn",
            "body": PARAGRAPHS,
            "publication": "The Guardian",
        },
    }
    found = only(parse_bytes, {"response": {"status": "ok", "results": [result]}})
    assert (found.title, found.outlet, found.authors) == ("Wall", "The Guardian", ("Petra Lunn",))
    assert (found.section, found.url) == ("UK news", "https://guardian.example/uk/2019/feb/03/wall")
    assert found.text == f"{WALL}\n\nNobody was hurt."


def test_the_new_york_times(parse_bytes: ParseBytes) -> None:
    document = {
        "abstract": "A wall fell in the night.",
        "web_url": "https://nyt.example/2019/02/03/wall.html",
        "snippet": "A wall fell in the night.",
        "lead_paragraph": WALL,
        "source": "The New York Times",
        "headline": {"main": "Wall", "kicker": None},
        "keywords": [{"name": "subject", "value": "Harbors", "rank": 1}],
        "pub_date": "2019-02-03T07:15:00+0000",
        "section_name": "World",
        "byline": {"original": "By Petra Lunn", "person": []},
        "uri": "nyt://article/1",
    }
    found = only(parse_bytes, {"response": {"docs": [document], "meta": {"hits": 1}}})
    assert (found.title, found.outlet, found.authors) == ("Wall", "The New York Times", ("Petra Lunn",))
    assert (found.keywords, found.guid, found.section) == (("Harbors",), "nyt://article/1", "World")
    assert found.text == f"{WALL}\n\nA wall fell in the night."
    short = {**document, "lead_paragraph": "A wall fell.", "abstract": "", "snippet": ""}
    assert reason(parse_bytes("x.json", json.dumps(short).encode())).startswith("no text")


def test_newsapi_marks_where_it_cut_the_text(parse_bytes: ParseBytes) -> None:
    record = {
        "source": {"id": None, "name": "Harbour Ledger"},
        "title": "Wall - Harbour Ledger",
        "description": "A wall fell.",
        "content": f"{WALL} The mas… [+2345 chars]",
        "publishedAt": "2019-02-03T07:15:00Z",
    }
    found = only(parse_bytes, {"status": "ok", "articles": [record]})
    assert (found.title, found.outlet, found.text) == ("Wall", "Harbour Ledger", f"{WALL} The mas…")


def test_drupal(parse_bytes: ParseBytes) -> None:
    node = {
        "type": "node--article",
        "id": "7c9e6679",
        "attributes": {
            "status": True,
            "title": "Wall",
            "created": "2019-02-03T07:15:00+00:00",
            "changed": "2019-02-04T07:15:00+00:00",
            "langcode": "en",
            "body": {"value": PARAGRAPHS, "processed": PARAGRAPHS, "summary": ""},
        },
    }
    comment = {"type": "comment--comment", "attributes": {"subject": "No", "body": WALL, "status": True}}
    draft = {**node, "attributes": {**node["attributes"], "status": False}}  # type: ignore[dict-item]
    found, *others = parse_bytes("drupal.json", json.dumps({"data": [node, comment, draft]}).encode())
    assert isinstance(found, Article)
    assert (found.published.iso, found.updated.iso) == (
        "2019-02-03T07:15:00+00:00",
        "2019-02-04T07:15:00+00:00",
    )
    assert [each.reason for each in others if isinstance(each, Rejected)] == [
        "not an article but a comment",
        "not published: a draft or taken back",
    ]
    rest = {
        "nid": [{"value": 7}],
        "type": [{"target_id": "article"}],
        "status": [{"value": True}],
        "title": [{"value": "Wall"}],
        "created": [{"value": "2019-02-03T07:15:00+00:00"}],
        "body": [{"value": WALL, "processed": PARAGRAPHS}],
    }
    assert only(parse_bytes, rest).published.iso == "2019-02-03T07:15:00+00:00"
    assert reason(parse_bytes("x.json", json.dumps({**rest, "status": [{"value": False}]}).encode()))


def test_arc_xp(parse_bytes: ParseBytes) -> None:
    story = {
        "type": "story",
        "version": "0.10.9",
        "_id": "ABCDEFGHIJKLMNOP",
        "headlines": {"basic": "Wall", "mobile": ""},
        "credits": {"by": [{"type": "author", "name": "Petra Lunn"}]},
        "first_publish_date": "2019-02-03T07:15:00Z",
        "display_date": "2019-02-05T07:15:00Z",
        "taxonomy": {"primary_section": {"name": "Harbours"}, "tags": [{"text": "x", "name": "Storms"}]},
        "content_elements": [
            {"type": "text", "content": WALL},
            {"type": "image", "caption": "The wall", "url": "x"},
            {"type": "header", "content": "<b>Losses</b>"},
            {
                "type": "list",
                "items": [{"type": "text", "content": "Forty boats"}, {"type": "text", "content": "A pier"}],
            },
            {"type": "interstitial_link", "content": "Read this too"},
        ],
    }
    found = only(parse_bytes, story)
    assert (found.title, found.authors, found.section) == ("Wall", ("Petra Lunn",), "Harbours")
    assert (found.published.iso, found.guid) == ("2019-02-03T07:15:00+00:00", "ABCDEFGHIJKLMNOP")
    assert found.keywords == ("Storms",)
    assert found.text == f"{WALL}\n\nLosses\n\nForty boats\n\nA pier"
    draft = {**story, "revision": {"published": False}}
    assert reason(parse_bytes("arc.json", json.dumps(draft).encode())).startswith("not published")


def test_ghost(parse_bytes: ParseBytes) -> None:
    def post(slug: str, **fields: object) -> dict[str, object]:
        held = {"uuid": f"u-{slug}", "title": slug, "slug": slug, "html": PARAGRAPHS, "status": "published"}
        return {
            **held,
            "type": "post",
            "visibility": "public",
            "published_at": "2019-02-03T07:15:00.000Z",
            **fields,
        }

    posts = [
        post("wall"),
        post("secret", status="draft", published_at=None),
        post("about", type="page"),
        post("later", status="scheduled"),
        post("members", visibility="members"),
    ]
    data = {"posts": posts, "tags": [{"name": "News"}], "settings": [{"key": "title", "value": "Ledger"}]}
    outcome = parse_bytes(
        "ghost.json", json.dumps({"db": [{"meta": {"version": "5"}, "data": data}]}).encode()
    )
    found = [item for item in outcome if isinstance(item, Article)]
    assert [(item.title, item.guid) for item in found] == [("wall", "u-wall"), ("members", "u-members")]
    assert found[0].text == f"{WALL}\n\nNobody was hurt."
    assert [item.reason for item in outcome if isinstance(item, Rejected)] == [
        "not published: a draft",
        "not an article but a page of the site",
        "not published: scheduled for later",
    ]


def test_wordpress_posts_from_its_interface(parse_bytes: ParseBytes) -> None:
    def post(**fields: object) -> dict[str, object]:
        held = {"slug": "wall", "status": "publish", "type": "post", "title": {"rendered": "Wall"}}
        content = {"rendered": PARAGRAPHS, "protected": False}
        return {**held, "date": "2019-02-03T07:15:00", "author": 3, "content": content, **fields}

    named = {"author": [{"id": 3, "name": "Petra Lunn"}]}
    posts = [
        post(_embedded=named),
        post(status="private"),
        post(type="page"),
        post(content={"rendered": "", "protected": True}),
    ]
    found, *others = parse_bytes("posts.json", json.dumps(posts).encode())
    assert isinstance(found, Article) and found.authors == ("Petra Lunn",)
    assert [each.reason for each in others if isinstance(each, Rejected)] == [
        "not published: private",
        "not an article but a page of the site",
        "not public: protected by a password",
    ]


def test_dates_of_mongodb(parse_bytes: ParseBytes) -> None:
    stated = [
        {"$date": "2019-02-03T07:15:00Z"},
        {"$date": {"$numberLong": "1549178100000"}},
        {"$date": 1549178100000},
    ]
    data = "\n".join(
        json.dumps({"_id": {"$oid": f"{number:024x}"}, "title": "Wall", "text": WALL, "published": date})
        for number, date in enumerate(stated)
    )
    outcome = parse_bytes("articles.json", data.encode())
    assert [item.published.iso for item in outcome if isinstance(item, Article)] == [
        "2019-02-03T07:15:00+00:00"
    ] * 3


@pytest.mark.parametrize(
    "nothing", ["nan", "NaN", "None", "null", "NULL", "N/A", "n/a", "NaT", "<NA>", "#N/A", "[]"]
)
def test_words_for_nothing_are_no_values(parse_bytes: ParseBytes, nothing: str) -> None:
    record = {
        "title": nothing,
        "text": f"{WALL} Nobody was hurt.",
        "guid": nothing,
        "keywords": [nothing, "Storms"],
    }
    record |= dict.fromkeys(("author", "source", "section", "place", "date", "url", "language"), nothing)
    found = only(parse_bytes, {**record, "pub_date": "2019-02-03"})
    assert (found.title, found.authors, found.outlet) == (WALL, (), None)
    assert (found.section, found.place, found.url, found.guid, found.language) == (None,) * 5
    assert (found.keywords, found.published.iso) == (("Storms",), "2019-02-03")
    assert reason(parse_bytes("x.json", json.dumps({"title": "Wall", "text": nothing}).encode())).startswith(
        "no text"
    )
