"""Detects the language of an article's text. Pages often state the language of their template instead."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LOOKED_AT = 1_000
"""Characters that are looked at. Of the languages of Europe, a hundred are enough."""

CONFIDENT = 0.5
"""Least probability of a language that is kept."""

UNDETERMINED = "und"
"""The code of ISO 639 for a text whose language is not clear, such as a table of numbers."""


def detect(text: str) -> str:
    """Return the ISO 639 code of a text's language.

    >>> detect("Der Rat stimmte am Montag für die neue Brücke."), detect("12 : 3")
    ('de', 'und')
    """
    return str(_identifier().classify(text[:LOOKED_AT])[0])


@cache
def _identifier() -> LanguageIdentifier:
    """Load the model: a second, and 100 MB of memory."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=CONFIDENT)
