import re
from dataclasses import replace
from html import unescape

import pytest

from assistant.article import Article
from assistant.web.article_view import header_html, text_html
from tests.assistant.web.fakes import ATTACK, BUDGET, COST, HOSTILE, WALL


def article(text: str) -> Article:
    return Article(title="", source="", text=text)


def marked(html: str) -> list[str]:
    """Return what is highlighted as the current citation."""
    return [unescape(part) for part in re.findall('<mark class="current">(.*?)</mark>', html, re.DOTALL)]


@pytest.mark.parametrize(("cited", "quote"), [(WALL, COST), (HOSTILE, ATTACK), (BUDGET, "Mayor Rosa Quill")])
def test_exactly_the_cited_words_are_marked(cited: Article, quote: str) -> None:
    start = cited.text.index(quote)
    assert marked(text_html(cited, (start, start + len(quote)))) == [quote]


def test_offsets_are_code_points_not_bytes_or_utf_16_units() -> None:
    assert marked(text_html(article("🌊🌊 é wave"), (3, 4))) == ["é"]


def test_a_span_over_two_paragraphs_is_marked_in_both() -> None:
    assert marked(text_html(article("One two.\n\nThree four."), (4, 15))) == ["two.", "Three"]


def test_other_citations_are_marked_lightly_even_where_they_overlap() -> None:
    html = text_html(article("One two three."), (4, 7), [(0, 5), (4, 7), (12, 14)])
    assert re.sub(r"</?(?:article|p)[^>]*>", "", html) == (
        '<mark>One </mark><mark class="current">t</mark><mark class="current">wo</mark> thre<mark>e.</mark>'
    )


def test_paragraphs_and_their_line_breaks_are_kept() -> None:
    html = text_html(article("a\nb\n\n\n\nc"), None)
    assert (
        html == '<article class="bf-text" data-opened=""><p dir="auto">a\nb</p><p dir="auto">c</p></article>'
    )


def test_the_language_of_an_article_is_named() -> None:
    assert ' lang="de"' in text_html(replace(article("Der Deich brach."), language="de"), None)
    assert " lang=" not in text_html(article("The dyke broke."), None)


def test_every_fact_of_a_hostile_article_is_escaped() -> None:
    html = header_html(HOSTILE) + text_html(replace(HOSTILE, language='"><script>'), (0, 8), opened='"><b>')
    tags = set(re.findall(r"<(\w+)", html))
    assert tags == {"header", "p", "h2", "ul", "li", "span", "bdi", "article", "mark"}
    assert "href" not in html
    assert HOSTILE.url is not None
    assert f"Address as recorded: {HOSTILE.url}" in unescape(html)


def test_the_header_names_section_and_keywords_if_there_are_any() -> None:
    html = header_html(replace(WALL, section="Sea & <b>coast</b>", keywords=("floods", "<i>walls</i>")))
    assert "<li>Section: Sea &amp; &lt;b&gt;coast&lt;/b&gt;</li>" in html
    assert "<li>Keywords: floods, &lt;i&gt;walls&lt;/i&gt;</li>" in html
    assert "Section" not in header_html(WALL) and "Keywords" not in header_html(WALL)


def test_the_header_says_where_the_date_comes_from() -> None:
    assert "2021 <span" in header_html(HOSTILE)
    assert "(date from the text)" in header_html(HOSTILE)
    assert "December 2023" in header_html(BUDGET)
