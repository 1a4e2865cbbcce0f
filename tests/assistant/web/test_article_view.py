import re
from dataclasses import replace
from html import unescape

import pytest

from assistant.web.article_view import bar_html, header_html, text_html
from tests.assistant.web.fakes import ARTICLES, ATTACK, BUDGET, COST, HOSTILE, WALL


def marked(html: str) -> list[str]:
    return [unescape(part) for part in re.findall("<mark>(.*?)</mark>", html, re.DOTALL)]


@pytest.mark.parametrize(
    ("article", "quote"), [(WALL, COST), (HOSTILE, ATTACK), (BUDGET, "Mayor Rosa Quill")]
)
def test_exactly_the_cited_words_are_marked(article: object, quote: str) -> None:
    assert article in ARTICLES
    text = getattr(article, "text", "")
    start = text.index(quote)
    html = text_html(text, (start, start + len(quote)))
    assert marked(html) == [quote]


def test_offsets_are_code_points_not_bytes_or_utf_16_units() -> None:
    assert marked(text_html("🌊🌊 é wave", (3, 4))) == ["é"]


def test_a_span_over_two_paragraphs_is_marked_in_both() -> None:
    assert marked(text_html("One two.\n\nThree four.", (4, 15))) == ["two.", "Three"]


def test_paragraphs_and_their_line_breaks_are_kept() -> None:
    assert text_html("a\nb\n\n\n\nc", None) == '<article class="bf-text"><p>a\nb</p><p>c</p></article>'


def test_every_fact_of_a_hostile_article_is_escaped() -> None:
    html = header_html(HOSTILE) + bar_html(HOSTILE) + text_html(HOSTILE.text, (0, 8))
    tags = set(re.findall(r"<(\w+)", html))
    assert tags == {"header", "p", "h2", "ul", "li", "span", "strong", "br", "article", "mark"}
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
    assert "December 2023" in bar_html(BUDGET)
