"""What kind of answer a question asks for, told by its first words."""

import re
from typing import Literal

Kind = Literal["one", "several", "reasons", "yes_no"]
"""One thing (who, when, how many); several, told in order of time; reasons and ways; yes or no."""

_SEVERAL = re.compile(
    r"^\W*(?:what (?:else )?happened|what (?:has|have|had) happened|how did .*\b(?:unfold|develop|evolve|change)|"
    r"(?:which|what|name|list) (?:the |of the |all )?(?:\w+ ){0,2}?"
    r"(?!is\b|was\b|has\b|does\b|this\b|its\b|his\b)\w{2,}s\b(?! (?:is|was|has|does)\b)|"
    r"who (?:all|are|were)\b)",
    re.IGNORECASE,
)
_REASONS = re.compile(
    r"^\W*(?:why|how come|how (?:can|could|did|do|does|is|are|was|were|will|would|should|has|have)|"
    r"what (?:are|were|is|was) the (?:reasons?|causes?|grounds?))\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must)(?:n't)?\b",
    re.IGNORECASE,
)


def kind(question: str) -> Kind:
    """Return the kind of a question; "one" where nothing tells.

    >>> [kind(q) for q in ("Who won?", "Which outlets report it?", "Why did he resign?", "Did she deny it?")]
    ['one', 'several', 'reasons', 'yes_no']
    """
    if _REASONS.match(question):
        return "reasons"
    if _SEVERAL.match(question):
        return "several"
    if _YES_NO.match(question):
        return "yes_no"
    return "one"
