"""Finds the address that browsers and programs write into the pages that they save."""

import re

LOOKED_AT = 65_536
"""Characters at the beginning and at the end of a page that are searched."""

_ADDRESS = r"(?P<address>https?://[^\s<>\"']+)"
_NOTES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"<!--\s*saved from url=\(\d+\)\s*{_ADDRESS}",  # Internet Explorer, Edge, Chrome
        rf"<!--\s*Page saved with SingleFile[^>]{{0,200}}?\burl:\s*{_ADDRESS}",
        r"<!--\s*Mirrored from (?P<address>[^\s<>\"']+) by HTTrack",
        rf"<!--\s*(?:saved|archived|downloaded|retrieved|source)\s*(?:from|url|page)?:?\s+{_ADDRESS}",
        rf"<meta\s+name=[\"']?savepage-url[\"']?\s+content=[\"']?{_ADDRESS}",  # Save Page WE
    )
)


def saved_from(page: str) -> str | None:
    """Return the address of which a page says that it was saved from there; None if it does not."""
    for note in _NOTES:
        for part in (page[:LOOKED_AT], page[-LOOKED_AT:]):
            if match := note.search(part):
                address = match["address"]
                return address if "://" in address else f"http://{address}"
    return None
