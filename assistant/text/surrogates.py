"""Replaces code points that no text file or database can hold."""


def replace_surrogates(text: str) -> str:
    """Return `text` with each half of a surrogate pair replaced by `?`.

    Such halves come from terminals with another encoding and from JSON, and cannot be encoded as UTF-8.

    >>> replace_surrogates("who \\udcff said so")
    'who ? said so'
    """
    return text.encode("utf-8", "replace").decode()
