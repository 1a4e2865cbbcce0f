"""Takes the prefix of a web archive off the address of a captured page."""

import re
from dataclasses import dataclass

_CAPTURE = re.compile(
    r"https?://[^/\s]+/(?:[\w.~:-]+/){0,3}?(?P<time>[12]\d{3}(?:[\d.:-]{0,16}\d)?)(?:[a-z]{2}_)?/"
    r"(?P<address>(?:https?:/{1,2}|www\.).+)",
    re.IGNORECASE,
)
"""web.archive.org/web/20120304050607id_/http://…, archive.ph/2012.03.04-050607/https://…"""

_SCHEME = re.compile(r"(https?):/{1,2}", re.IGNORECASE)


@dataclass(frozen=True)
class Capture:
    """A page that a web archive captured."""

    address: str
    """The address of the page itself."""
    time: str
    """When it was captured, as the archive writes it: `20120304050607`."""


def capture(address: str) -> Capture | None:
    """Return the capture at an address; None if it is that of a page itself.

    >>> capture("https://web.archive.org/web/20120304id_/http:/ledger.example/storm")
    Capture(address='http://ledger.example/storm', time='20120304')
    """
    match = _CAPTURE.fullmatch(address)
    if match is None:
        return None
    inner = match["address"]
    scheme = _SCHEME.match(inner)
    page = f"{scheme[1].lower()}://{inner[scheme.end() :]}" if scheme else f"http://{inner}"
    return capture(page) or Capture(page, re.sub(r"\D", "", match["time"]))


def original(address: str) -> str:
    """Return the address of a page itself, without the prefix of a web archive."""
    found = capture(address)
    return found.address if found else address
