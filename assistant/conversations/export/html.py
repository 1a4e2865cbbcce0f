"""An export as one HTML page that loads nothing, runs no script, and prints well."""

from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from assistant.conversations.export.document import Export
from assistant.conversations.export.markdown import markdown

STYLE = Path(__file__).with_name("style.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
BLOCKS = {"paragraph_open", "heading_open", "blockquote_open"}
"""Elements whose text sets their own direction: an article may be in Arabic."""


def html(export: Export) -> str:
    """Return the export as HTML, made from its Markdown."""
    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse(markdown(export))
    for token in tokens:
        if token.type in BLOCKS:
            token.attrSet("dir", "auto")
    body: str = parser.renderer.render(tokens, parser.options, {})
    title = " · ".join(each.title for each in export.conversations) or "No conversations"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body>\n{body}</body></html>\n"
    )
