"""The two halves of the gold set: one may choose settings, the other only measures them.

The half follows from the event that a question asks about, so that all questions about one event are in one half.
"""

import hashlib
from typing import Literal, get_args

Half = Literal["measuring", "choosing"]
HALVES: tuple[Half, ...] = get_args(Half)

MEASURING_SHARE = 0.6
"""Share of the events that measure. More than half, because 25 measured questions of each type must be found."""

SALT = 3969
"""Number that is hashed with each event. It stratifies the halves by type: it is the first whole number, from 0, with
which the measuring half has at least 25 questions of each type and the choosing half at least 14. It was chosen by
counting questions, before any was asked. Changing it moves events between the halves, so it must stay."""


def half_of(event: str) -> Half:
    """Return the half that an event belongs to.

    The half depends on the event's key alone. New questions never move an old event to the other half.

    >>> half_of("gaza-night"), half_of("museum-break-in")
    ('measuring', 'choosing')
    """
    digest = hashlib.sha256(f"{SALT}:{event}".encode()).hexdigest()
    return "measuring" if int(digest[:8], 16) < MEASURING_SHARE * 16**8 else "choosing"
