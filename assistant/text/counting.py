"""Writes a number with the noun that it counts, for messages."""


def counted(number: int, noun: str) -> str:
    """Return the number with the noun, in the singular or plural.

    >>> counted(1, "article"), counted(12_113, "article")
    ('1 article', '12,113 articles')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
