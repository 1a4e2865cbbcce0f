"""WordPress exports: published posts become articles, everything else is rejected with its type."""

from collections.abc import Callable

from assistant.article import UNDATED, Article, PublicationDate
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]

LEAD = "The sea wall at Sandhaven gave way a little before midnight on Friday, and four streets were flooded."
MORE = "Some 60 people were taken to the Methodist hall; nobody was missing at dawn on Saturday."


def post(
    title: str,
    content: str = LEAD,
    kind: str = "post",
    state: str = "publish",
    more: str = "",
    excerpt: str = "",
) -> str:
    return f"""<item>
<title><![CDATA[{title}]]></title><link>https://ledger.example/{title.lower()}/</link>
<pubDate>Sat, 25 Nov 2023 04:10:00 +0000</pubDate><dc:creator><![CDATA[plunn]]></dc:creator>
<guid isPermaLink="false">https://ledger.example/?p={len(title)}</guid><description></description>
<content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded><![CDATA[{excerpt}]]></excerpt:encoded>
<wp:post_id>7</wp:post_id><wp:post_date><![CDATA[2023-11-24 23:10:00]]></wp:post_date>
<wp:post_date_gmt><![CDATA[2023-11-25 04:10:00]]></wp:post_date_gmt>
<wp:status><![CDATA[{state}]]></wp:status><wp:post_type><![CDATA[{kind}]]></wp:post_type>
<category domain="category" nicename="news"><![CDATA[News]]></category>{more}
<wp:comment><wp:comment_author>Troll</wp:comment_author><wp:comment_content>Nonsense</wp:comment_content></wp:comment>
</item>"""


def export(*posts: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<!-- This is a WordPress eXtended RSS file -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>The Harbour Ledger</title><link>https://ledger.example</link><language>en-US</language>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login><![CDATA[plunn]]></wp:author_login>
<wp:author_display_name><![CDATA[Petra Lunn]]></wp:author_display_name></wp:author>
{"".join(posts)}</channel></rss>""".encode()


def summary(outcome: list[Article | Rejected]) -> list[str]:
    """Return titles of articles and reasons of rejections, in order."""
    return [item.title if isinstance(item, Article) else item.reason for item in outcome]


def test_a_post(parse_bytes: ParseBytes) -> None:
    content = f"""<!-- wp:paragraph --><p>{LEAD}</p><!-- /wp:paragraph -->
[caption id="a" width="300"]<img src="x"/> The wall[/caption]

{MORE}

[gallery ids="1,2"]"""
    [found] = parse_bytes(
        "site.xml", export(post("Wall", content, more="<wp:post_password></wp:post_password>"))
    )
    assert isinstance(found, Article)
    assert (found.source, found.title, found.text) == ("desk/site.xml#1", "Wall", f"{LEAD}\n\n{MORE}")
    assert (found.outlet, found.authors, found.language) == ("The Harbour Ledger", ("Petra Lunn",), "en")
    assert found.published == PublicationDate("2023-11-24T23:10:00-05:00", "feed")
    assert found.updated == UNDATED
    assert (found.url, found.guid) == ("https://ledger.example/wall/", "https://ledger.example/?p=4")


def test_a_post_changed_later(parse_bytes: ParseBytes) -> None:
    more = (
        "<wp:post_modified>2023-11-26 08:00:00</wp:post_modified>"
        "<wp:post_modified_gmt>0000-00-00 00:00:00</wp:post_modified_gmt>"
    )
    [found] = parse_bytes("site.xml", export(post("Wall", more=more)))
    assert isinstance(found, Article) and found.updated.iso == "2023-11-26T08:00:00"


def test_other_items_are_rejected_with_their_type(parse_bytes: ParseBytes) -> None:
    outcome = parse_bytes(
        "site.wxr",
        export(
            post("ParsedArticle", state="draft"),
            post("Private", state="private"),
            post("Later", state="future"),
            post("Secret", more="<wp:post_password><![CDATA[open]]></wp:post_password>"),
            post("About", kind="page"),
            post("Picture", kind="attachment", state="inherit"),
            post("Menu", kind="nav_menu_item"),
            post("Style", kind="custom_css"),
            post("Empty", content="[gallery]"),
            post("News", kind="news_article"),
            post("Teaser", content="", excerpt=MORE),
        ),
    )
    assert summary(outcome) == [
        "not published: a draft",
        "not published: private",
        "not published: scheduled for later",
        "not public: protected by a password",
        "not a post: its type is 'page'",
        "not a post: its type is 'attachment'",
        "not a post: its type is 'nav_menu_item'",
        "not a post: its type is 'custom_css'",
        "no text",
        "News",
        "Teaser",
    ]


def test_text_that_ends_a_cdata_section_is_kept_together(parse_bytes: ParseBytes) -> None:
    [found] = parse_bytes("site.xml", export(post("Wall", f"{LEAD} a[b[1]]]]><![CDATA[> {MORE}")))
    assert isinstance(found, Article) and found.text == f"{LEAD} a[b[1]]> {MORE}"
