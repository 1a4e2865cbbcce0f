"""Makes keys for the page's elements that Streamlit accepts."""

import hashlib
import json

DIGEST_LENGTH = 16
"""Hexadecimal digits: enough that no two elements of a page share a key."""


def element_key(kind: str, *parts: str | int) -> str:
    """Return the key of an element of one `kind`, identified among its kind by `parts`.

    Streamlit refuses a component's key that contains `__`, which an id or an outlet's name may. So the key
    holds a digest of `parts` instead of their text.
    """
    return f"{kind}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_LENGTH]}"
