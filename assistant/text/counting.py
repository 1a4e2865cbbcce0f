"""Numbers with what they count, as a reader would write them."""


def counted(number: int, noun: str) -> str:
    """Return the number with the noun in its form.

    >>> counted(1, "article"), counted(12_113, "article")
    ('1 article', '12,113 articles')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
