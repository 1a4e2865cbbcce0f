"""Questions to begin with, made by rule from what an archive holds."""

import re
from collections import Counter

from assistant.archive.catalog import Catalog

COUNT = 4
LOOKED_AT = 60
"""Articles read for them: the newest. More are no better and cost time on the first screen."""

_NAME = r"[A-Z][\w’'-]+(?: (?:al-|de |van |von |bin |ben )?[A-Z][\w’'-]+){1,2}"
_SPOKE = re.compile(
    rf"({_NAME})(?:, [^.,\n]{{3,60}},)? (?:said|told|claimed|warned|announced|denied|accused)\b"
)


def starter_questions(catalog: Catalog) -> list[str]:
    """Return up to four questions about the people, places and claims of the newest articles."""
    speakers: Counter[str] = Counter()
    places: Counter[str] = Counter()
    titles: list[str] = []
    for article in catalog.newest(LOOKED_AT):
        speakers.update({match.group(1) for match in _SPOKE.finditer(article.text)})
        if article.place:
            place = article.place.partition(" (")[0]
            places[place.title() if place.isupper() else place] += 1
        titles.append(article.title)
    questions = [f"What did {name} say?" for name, _ in speakers.most_common(2)]
    questions += [f"What happened in {place}?" for place, _ in places.most_common(1)]
    questions += [f"What is known about “{title}”?" for title in titles[: COUNT - len(questions)]]
    return questions[:COUNT]
