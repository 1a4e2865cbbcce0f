"""Suggests questions about an archive, made by rules from its newest articles."""

import re
from collections import Counter

from assistant.archive.catalog import Catalog

COUNT = 4
ARTICLES = 60
"""Newest articles that are read. More give no better questions and delay the first screen."""

_FULL_NAME = r"[A-Z][\w’'-]+(?: (?:al-|de |van |von |bin |ben )?[A-Z][\w’'-]+){1,2}"
"""A name of two or three words; a single capitalised word may be anything."""
_SPEAKER = re.compile(
    rf"({_FULL_NAME})(?:, [^.,\n]{{3,60}},)? (?:said|told|claimed|warned|announced|denied|accused)\b"
)


def starter_questions(catalog: Catalog) -> list[str]:
    """Return up to four questions about people, places and titles of the newest articles."""
    speakers: Counter[str] = Counter()
    places: Counter[str] = Counter()
    titles: list[str] = []
    for article in catalog.newest(ARTICLES):
        speakers.update({match.group(1) for match in _SPEAKER.finditer(article.text)})
        if article.place:
            place = article.place.partition(" (")[0]
            places[place.title() if place.isupper() else place] += 1
        titles.append(article.title)
    questions = [f"What did {name} say?" for name, _ in speakers.most_common(2)]
    questions += [f"What happened in {place}?" for place, _ in places.most_common(1)]
    questions += [f"What is known about “{title}”?" for title in titles[: COUNT - len(questions)]]
    return questions[:COUNT]
