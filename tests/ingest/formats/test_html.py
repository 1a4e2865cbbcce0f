"""Saved web pages."""

import html
import json

import pytest

from assistant.article import UNDATED, Article, PublicationDate
from ingest.sources.rejections import Rejected, Skipped
from tests.ingest.parsed import ParseBytes, ParseWithCounts, article

FIRST = (
    "The sea wall at Sandhaven gave way a little before midnight on Friday, and within an hour the water stood in "
    "four streets behind the parade, the city's engineer said."
)
SECOND = (
    "Some 60 people were taken to the Methodist hall, where volunteers had laid out blankets and soup; nobody was "
    "missing when the roll was called at dawn on Saturday."
)
LINKED = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "Ledger"},
        {
            "@type": ["NewsArticle"],
            "headline": "Wall breached",
            "datePublished": "2023-11-25T06:10:00+00:00",
            "dateModified": "2023-11-26T08:00:00Z",
            "author": [
                {"@type": "Person", "name": "Petra Lunn"},
                {"@type": "Person", "name": "Dale Whitcombe"},
            ],
            "publisher": {"@type": "Organization", "name": "The Harbour Ledger"},
        },
    ],
}


def page(head: str = "", body: str = f"<p>{FIRST}</p>\n<p>{SECOND}</p>", lang: str = "en-GB") -> bytes:
    return f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>Wall breached | The Harbour Ledger</title>{head}</head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Wall breached</h1>{body}</article>
<script>document.write("never run")</script>
<footer>All rights reserved</footer></body></html>""".encode()


def test_a_page_with_linked_data(parse_bytes: ParseBytes) -> None:
    head = (
        '<link rel="canonical" href="https://www.ledger.example/2023/11/25/wall">'
        f'<script type="application/ld+json">{json.dumps(LINKED)}</script>'
    )
    found = article(parse_bytes("wall.html", page(head)))
    assert found.title == "Wall breached"
    assert found.outlet == "The Harbour Ledger"
    assert found.authors == ("Petra Lunn", "Dale Whitcombe")
    assert found.published == PublicationDate("2023-11-25T06:10:00+00:00", "metadata")
    assert found.updated == PublicationDate("2023-11-26T08:00:00+00:00", "metadata")
    assert found.url == "https://www.ledger.example/2023/11/25/wall"
    assert found.language == "en"
    assert FIRST + "\n\n" + SECOND in found.text
    assert "never run" not in found.text and "Sport" not in found.text


def test_a_page_with_meta_elements_only(parse_bytes: ParseBytes) -> None:
    head = (
        '<meta property="og:site_name" content="Ellery Beacon">'
        '<meta property="article:published_time" content="1994-03-02T10:00:00Z">'
        '<meta property="og:url" content="https://beacon.example/wall">'
    )
    found = article(parse_bytes("wall.html", page(head)))
    assert (found.outlet, found.url) == ("Ellery Beacon", "https://beacon.example/wall")
    assert found.published == PublicationDate("1994-03-02T10:00:00+00:00", "metadata")


def test_a_marked_time_element(parse_bytes: ParseBytes) -> None:
    body = (
        f'<time itemprop="datePublished" datetime="2023-11-25">Saturday</time><p>{FIRST}</p><p>{SECOND}</p>'
    )
    assert article(parse_bytes("a.html", page(body=body))).published == PublicationDate(
        "2023-11-25", "metadata"
    )


@pytest.mark.parametrize(("path", "iso"), [("2023/11/25/wall", "2023-11-25"), ("2023/11/wall", "2023-11")])
def test_a_page_dated_only_by_its_address(parse_bytes: ParseBytes, path: str, iso: str) -> None:
    found = article(
        parse_bytes("a.html", page(f'<link rel="canonical" href="https://ledger.example/{path}">'))
    )
    assert found.published == PublicationDate(iso, "url")
    assert found.outlet == "ledger.example"


def test_a_date_somewhere_on_the_page_counts_least(parse_bytes: ParseBytes) -> None:
    mentioned = f'<p class="date">Saturday, November 25, 2023</p><p>{FIRST}</p><p>{SECOND}</p>'
    found = article(parse_bytes("a.html", page(body=mentioned)))
    assert found.published == PublicationDate("2023-11-25", "text")
    address = '<link rel="canonical" href="https://ledger.example/{}/wall">'
    found = article(parse_bytes("a.html", page(address.format("2023/11"), mentioned)))
    assert found.published == PublicationDate("2023-11-25", "text")
    found = article(parse_bytes("a.html", page(address.format("2024/02"), mentioned)))
    assert found.published == PublicationDate("2024-02", "url")


def test_a_page_without_a_date_has_none(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.html", page()))
    assert (found.published, found.updated) == (UNDATED, UNDATED)


def test_a_date_in_the_future_is_unknown(parse_bytes: ParseBytes) -> None:
    head = '<meta property="article:published_time" content="2031-01-01">'
    assert article(parse_bytes("a.html", page(head))).published == UNDATED


def test_a_line_end_in_the_source_parts_no_paragraph(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.html", page(body=f"<p>{FIRST.replace(' ', chr(10))}</p><p>{SECOND}</p>")))
    assert FIRST in found.text


def test_characters_that_no_page_may_hold(parse_bytes: ParseBytes) -> None:
    data = page(body=f"<p>{FIRST} &#1;&#x0;\x02&#xD800;&#xFFFF;</p>\n<p>{SECOND}\n&#8;</p>")
    text = article(parse_bytes("a.html", data)).text
    assert FIRST in text and SECOND in text


def test_declared_and_undeclared_encodings(parse_bytes: ParseBytes) -> None:
    text = page(body=f"<p>{FIRST}</p><p>£15.8m – “café”. {SECOND}</p>").decode()
    declared = text.replace('charset="utf-8"', 'charset="windows-1252"').encode("cp1252")
    for data in (text.encode(), declared, text.encode("cp1252"), text.encode("utf-16")):
        assert "£15.8m – “café”." in article(parse_bytes("a.html", data)).text


def test_a_page_is_known_by_its_content(parse_bytes: ParseBytes) -> None:
    for name in ("page", "page.txt", "page.php"):
        assert article(parse_bytes(name, page())).title == "Wall breached"
    xhtml = b'<?xml version="1.0" encoding="utf-8"?>\n' + page()
    assert article(parse_bytes("page.xml", xhtml)).title == "Wall breached"


@pytest.mark.parametrize(
    "data",
    [
        page(body="<form><p>Please log in.</p><input name='user'></form>"),
        page(body="".join(f"<li><a href='/{n}'>Headline number {n}</a></li>" for n in range(60))),
        b"<!DOCTYPE html>",
        b"<html></html>",
        page('<link rel="canonical" href="https://ledger.example/">'),
        page(body=f"{'<div>' * 20_000}{FIRST} {SECOND}"),
    ],
    ids=["login", "list of links", "nothing", "empty", "front page", "nested without end"],
)
def test_pages_without_an_article(parse_bytes: ParseBytes, data: bytes) -> None:
    [rejected] = parse_bytes("page.html", data)
    assert rejected == Rejected("desk/page.html", "no article text found in the page")


def test_many_leading_comments_are_looked_at_once(parse_bytes: ParseBytes) -> None:
    # Without possessive quantifiers each comment doubled the time, and forty would never finish.
    assert parse_bytes("page.html", b"<!-- x -->\n" * 2_000 + b"<p>Short.</p>")


def test_prose_in_a_table_that_lays_out_the_page_is_in_paragraphs(parse_bytes: ParseBytes) -> None:
    data = f"""<html><head><title>Wall breached</title></head><body><table><tr><td><a href="/">Home</a></td>
<td><p>{FIRST}</p><p>{SECOND}</p><p>{FIRST[:100]}.</p><table><tr><td>High water</td><td>4.1 m</td></tr></table></td>
</tr></table></body></html>"""
    text = article(parse_bytes("wall.html", data.encode())).text
    assert FIRST + "\n\n" + SECOND in text
    assert "| High water | 4.1 m" in text


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_a_text_in_pieces_with_advertisements_between_is_read_whole(
    parse_bytes: ParseBytes, pieces: int
) -> None:
    prose = [f"{number}. {FIRST}" for number in range(1, 9)]
    size = len(prose) // pieces
    body = "".join(
        f'<div class="row"><div class="article__body">{"".join(f"<p>{each}</p>" for each in prose[at : at + size])}'
        '</div><div class="ad">Buy a boat</div></div>'
        for at in range(0, len(prose), size)
    )
    text = article(parse_bytes("wall.html", page(body=body))).text
    assert "\n\n".join(prose) in text
    assert "Buy a boat" not in text


def test_pieces_within_each_other_stay_where_they_are(parse_bytes: ParseBytes) -> None:
    prose = [f"{number}. {FIRST}" for number in range(1, 9)]
    body = f'<div class="row"><div class="ad"><p>{SECOND}</p></div><p>{SECOND}</p></div>'
    rest = "".join(f"<p>{each}</p>" for each in prose[1:])
    nested = f'<div class="story"><div class="story"><p>{prose[0]}</p></div>{rest}</div>'
    text = article(parse_bytes("wall.html", page(body=f"{body}<aside>{nested}</aside>"))).text
    assert "\n\n".join(prose) in text


COMMENT = (
    '<div class="comments"><p class="date">December 1, 2023</p><p>So many floods, so little done!</p></div>'
)


def test_a_date_far_from_the_text_is_of_something_else(parse_bytes: ParseBytes) -> None:
    found = article(parse_bytes("a.html", page(body=f"<p>{FIRST}</p><p>{SECOND * 3}</p>{COMMENT}")))
    assert found.published == UNDATED
    script = '<script>var served = "2023-12-01T08:00:00Z";</script>'
    assert article(parse_bytes("a.html", page(script))).published == UNDATED


def test_a_date_beside_the_text_is_read_despite_other_dates(parse_bytes: ParseBytes) -> None:
    body = f'<p class="date">25 November 2023</p><p>{FIRST}</p><p>{SECOND * 3}</p>{COMMENT}'
    assert article(parse_bytes("a.html", page(body=body))).published == PublicationDate("2023-11-25", "text")


def test_the_only_moment_before_the_text_is_its_date(parse_bytes: ParseBytes) -> None:
    moment = '<time datetime="2023-11-25T06:10:00Z">1 day ago</time>'
    found = article(parse_bytes("a.html", page(body=f"{moment}<p>{FIRST}</p><p>{SECOND}</p>")))
    assert found.published == PublicationDate("2023-11-25T06:10:00+00:00", "text")
    two = f'{moment}<time datetime="2023-11-20">last week</time>'
    assert article(parse_bytes("a.html", page(body=f"{two}<p>{FIRST}</p>{SECOND}"))).published == UNDATED
    masthead = page(body=f"<p>{FIRST}</p><p>{SECOND}</p>").replace(b"<h1>", f"{moment}<h1>".encode())
    assert article(parse_bytes("a.html", masthead)).published == UNDATED
    after = f"<p>{FIRST}</p><p>{SECOND}</p><aside>Next: {moment}</aside>"
    assert article(parse_bytes("a.html", page(body=after))).published == UNDATED


@pytest.mark.parametrize(
    "linked",
    [
        '{"@type": "NewsArticle", "datePublished": "2023-11-25",}',
        '{"@type": ["MedicalWebPage"], "datePublished": "2023-11-25"}',
    ],
    ids=["no JSON", "another kind of page"],
)
def test_linked_data_that_are_broken_or_of_another_kind_still_give_the_date(
    parse_bytes: ParseBytes, linked: str
) -> None:
    head = f'<script type="application/ld+json">{linked}</script>'
    assert article(parse_bytes("a.html", page(head))).published == PublicationDate("2023-11-25", "metadata")


def test_the_date_of_what_a_page_is_about_is_not_its_own(parse_bytes: ParseBytes) -> None:
    head = '<script type="application/ld+json">{"@type": "Book", "datePublished": "1999-11-25"}</script>'
    assert article(parse_bytes("a.html", page(head))).published == UNDATED


def test_section_and_keywords_of_linked_data_come_before_those_of_meta_elements(
    parse_bytes: ParseBytes,
) -> None:
    meta = (
        '<meta property="article:section" content="Coast"><meta name="keywords" content="sea, Walls">'
        '<meta property="article:tag" content="Floods, winter"><meta property="article:tag" content="Sandhaven">'
    )
    found = article(parse_bytes("a.html", page(meta)))
    assert (found.section, found.keywords) == ("Coast", ("Floods, winter", "Sandhaven"))
    linked = {"@type": "NewsArticle", "articleSection": ["News", "Coast"], "keywords": ["Flood, coastal"]}
    found = article(
        parse_bytes("a.html", page(f'{meta}<script type="application/ld+json">{json.dumps(linked)}</script>'))
    )
    assert (found.section, found.keywords) == ("News", ("Flood, coastal",))


def linked(**more: object) -> dict[str, object]:
    item = {
        "@type": "NewsArticle",
        "datePublished": "2019-02-03T07:15:00Z",
        "author": {"@type": "Person", "name": "Petra Lunn"},
        "publisher": {"@type": "Organization", "name": "The Harbour Ledger"},
    }
    return {"@context": "https://schema.org", **item, **more}


PLAIN = json.dumps(linked())


@pytest.mark.parametrize(
    "script",
    [
        f'<script type="application/ld+json; charset=utf-8">{PLAIN}</script>',
        f'<script type="Application/LD+JSON">{PLAIN}</script>',
        f'<script type=" application/json+ld">{PLAIN}</script>',
        f'<script type="application/ld+json">//<![CDATA[\n{PLAIN}\n//]]></script>',
        f'<script type="application/ld+json">/*<![CDATA[*/{PLAIN}/*]]>*/</script>',
        f'<script type="application/ld+json"><!--\n{PLAIN}\n--></script>',
        f'<script type="application/ld+json">{PLAIN};</script>',
        f'<script type="application/ld+json">{html.escape(PLAIN)}</script>',
        f'<script type="application/ld+json">[[{PLAIN}]]</script>',
        f'<script type="application/ld+json">{json.dumps(linked(datePublished=["2019-02-03T07:15:00Z"]))}</script>',
        f'<script type="application/ld+json">{json.dumps({"@graph": [{"@graph": [linked()]}]})}</script>',
        '<script type="application/ld+json">'
        + json.dumps({"@type": "WebPage", "datePublished": "2011-01-01", "mainEntity": linked()})
        + "</script>",
        '<script type="application/ld+json">'
        + json.dumps({"@type": "WebPage", "datePublished": "2011-01-01", "mainEntity": [linked()]})
        + "</script>",
        '<script type="application/ld+json">'
        + json.dumps(linked(datePublished={"@type": "Date", "@value": "2019-02-03T07:15:00Z"}))
        + "</script>",
    ],
)
def test_linked_data_however_it_is_written(parse_bytes: ParseBytes, script: str) -> None:
    found = article(parse_bytes("wall.html", page(script)))
    assert found.published == PublicationDate("2019-02-03T07:15:00+00:00", "metadata")
    assert (found.outlet, found.authors) == ("The Harbour Ledger", ("Petra Lunn",))


def test_the_title_of_a_live_blog_is_not_that_of_an_update(parse_bytes: ParseBytes) -> None:
    updates = [{"@type": "BlogPosting", "headline": "Boats sail", "datePublished": "2019-02-04"}]
    blog = linked(**{"@type": "LiveBlogPosting", "headline": "Ferries: live", "liveBlogUpdate": updates})
    found = article(
        parse_bytes("live.html", page(f'<script type="application/ld+json">{json.dumps(blog)}</script>'))
    )
    assert (found.title, found.published.iso) == ("Ferries: live", "2019-02-03T07:15:00+00:00")


def story(title: str, text: str, more: str = "") -> str:
    return f"<article><h2>{title}</h2>{more}<p>{text}</p><p>{text[::-1]}</p></article>"


def test_a_page_with_several_stories(parse_bytes: ParseWithCounts) -> None:
    body = (
        "<h1>Press review</h1>"
        + story(
            '<a href="https://ledger.example/wall" rel="bookmark">Wall</a>',
            FIRST,
            "<time datetime=2019-02-03>",
        )
        + story("Hall", SECOND, "<p>By <a rel=author>Dale Whitcombe</a></p><aside>Share this</aside>")
        + "<article><h3>Also today</h3><p>A short item.</p></article>"
    )
    data = (
        f"<!DOCTYPE html><html lang=en><head><title>Review</title></head><body>{body}</body></html>".encode()
    )
    first, second, short = parse_bytes("review.html", data)
    assert isinstance(first, Article) and isinstance(second, Article)
    assert (first.source, first.title, first.url) == (
        "desk/review.html#1",
        "Wall",
        "https://ledger.example/wall",
    )
    assert (first.outlet, first.published.iso) == ("ledger.example", "2019-02-03")
    assert FIRST in first.text and SECOND not in first.text
    assert (second.title, second.authors, second.published.iso) == ("Hall", ("Dale Whitcombe",), None)
    assert SECOND in second.text and "Share" not in second.text
    assert short == Skipped("desk/review.html", "teasers beside the stories of pages", 1)


def test_further_stories_on_the_page_of_one_article_are_counted(parse_bytes: ParseWithCounts) -> None:
    other = "Two hundred miles away " + SECOND
    body = f"<p>{FIRST}</p><p>{SECOND}</p></article>{story('Other', other)}<article>"
    head = f'<meta property="og:type" content="article"><script type="application/ld+json">{PLAIN}</script>'
    found, *others = parse_bytes("wall.html", page(head, body))
    assert isinstance(found, Article) and FIRST in found.text
    if other not in found.text:
        assert others == [Skipped("desk/wall.html", "further articles on pages of one article", 1)]


QUOTED = "“It’s the end of an era,” she said – at a cost of €3.4 million…"


@pytest.mark.parametrize(
    "declared", ["iso-8859-1", "ISO8859-1", "latin1", "us-ascii", "windows-1252", "iso_8859-1"]
)
def test_latin_1_is_windows_1252_as_in_browsers(parse_bytes: ParseBytes, declared: str) -> None:
    data = page(body=f"<p>{QUOTED} {FIRST}</p><p>{SECOND}</p>").decode().replace("utf-8", declared)
    assert f"{QUOTED} {FIRST}" in article(parse_bytes("wall.html", data.encode("cp1252"))).text


def test_references_to_control_characters_mean_windows_1252(parse_bytes: ParseBytes) -> None:
    body = f"<p>It&#146;s &#147;over&#148; &#150; at &#128;3. {FIRST}</p><p>{SECOND}</p>"
    assert "It’s “over” – at €3." in article(parse_bytes("wall.html", page(body=body))).text
