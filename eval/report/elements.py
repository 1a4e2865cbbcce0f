"""Pieces of HTML. What is called text is escaped here; what is called inner is HTML already."""

from collections.abc import Sequence
from html import escape


def text(given: str) -> str:
    """Return a text as it stands in HTML, in attributes too."""
    return escape(given, quote=True)


def element(tag: str, inner: str, style: str = "") -> str:
    """Return an element, of a class if there is one.

    >>> element("p", text("1 < 2"), "faint")
    '<p class="faint">1 &lt; 2</p>'
    """
    return f'<{tag} class="{style}">{inner}</{tag}>' if style else f"<{tag}>{inner}</{tag}>"


def figure(title: str, what: str, chart: str, style: str = "") -> str:
    """Return a chart with its title and what it shows."""
    return element("figure", element("figcaption", text(title) + element("span", text(what))) + chart, style)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with its title; the first cell of a row is a text, the others are inner."""
    heads = "".join(element("th", text(cell)) for cell in head)
    body = "".join(
        element("tr", element("td", text(name)) + "".join(element("td", cell) for cell in cells))
        for name, *cells in rows
    )
    inner = element("thead", element("tr", heads)) + element("tbody", body)
    return element("h3", text(title)) + element("div", element("table", inner), "scroll")


def listing(tag: str, items: Sequence[tuple[str, str]]) -> str:
    """Return a list of texts, each of a class or none."""
    return element(tag, "".join(element("li", text(item), style) for item, style in items))
