"""Tells which addresses may become links."""

import re
from urllib.parse import urlsplit


def web_address(url: str | None) -> str | None:
    """Return `url` if a link to it is safe: a complete http or https address."""
    if url is None or re.search(r"[\x00-\x20\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
