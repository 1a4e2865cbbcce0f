"""HTML elements. Arguments called text are escaped here; arguments called inner are HTML already."""

from collections.abc import Sequence
from html import escape


def text(given: str) -> str:
    """Return a text escaped for HTML, including attributes."""
    return escape(given, quote=True)


def element(tag: str, inner: str, style: str = "") -> str:
    """Return an element, with a class if one is given.

    >>> element("p", text("1 < 2"), "faint")
    '<p class="faint">1 &lt; 2</p>'
    """
    return f'<{tag} class="{style}">{inner}</{tag}>' if style else f"<{tag}>{inner}</{tag}>"


def figure(title: str, what: str, chart: str, style: str = "") -> str:
    """Return a chart with its title and a description."""
    return element("figure", element("figcaption", text(title) + element("span", text(what))) + chart, style)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with its title; the first cell of a row is text, the others are inner HTML."""
    heads = "".join(element("th", text(cell)) for cell in head)
    body = "".join(
        element("tr", element("td", text(name)) + "".join(element("td", cell) for cell in cells))
        for name, *cells in rows
    )
    inner = element("thead", element("tr", heads)) + element("tbody", body)
    return element("h3", text(title)) + element("div", element("table", inner), "scroll")


def listing(tag: str, items: Sequence[tuple[str, str]]) -> str:
    """Return a list of texts, each with an optional class."""
    return element(tag, "".join(element("li", text(item), style) for item, style in items))
