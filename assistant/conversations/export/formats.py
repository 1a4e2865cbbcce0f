"""The formats of an export, by name."""

import json
from collections.abc import Callable, Mapping

from assistant.conversations.export.document import Export
from assistant.conversations.export.html import html
from assistant.conversations.export.markdown import markdown


def _json(export: Export) -> str:
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    return json.dumps(export.to_json(), ensure_ascii=True, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Export], str]] = {"md": markdown, "json": _json, "html": html}
