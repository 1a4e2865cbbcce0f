"""Decides from its status, visibility and kind whether a record of any export was ever published.

All formats ask here, so that a draft is a draft in every one of them.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

WITHDRAWN = frozenset({"canceled", "cancelled", "withheld", "killed", "withdrawn"})
"""Status names of stories that their sender took back."""

_STATES = {
    "draft": "a draft",
    "autodraft": "a draft",
    "drafted": "a draft",
    "unpublish": "a draft or taken back",
    "unpublished": "a draft or taken back",
    "notpublished": "a draft or taken back",
    "pending": "waiting for review",
    "pendingreview": "waiting for review",
    "inreview": "waiting for review",
    "review": "waiting for review",
    "future": "scheduled for later",
    "scheduled": "scheduled for later",
    "private": "private",
    "trash": "in the trash",
    "trashed": "in the trash",
    "softtrashed": "in the trash",
    "junk": "in the trash",
    "spam": "in the trash",
    "deleted": "deleted",
    "inherit": "an earlier revision",
}
"""Status names of what is not published, and what they mean."""

_KINDS = {
    "comment": "a comment",
    "response": "a comment",
    "template": "a template",
    "layout": "a template",
    "settings": "settings",
    "revision": "an earlier revision",
    "attachment": "an attachment",
    "navmenuitem": "a menu",
    "navigation": "a menu",
    "snippet": "a template",
}
"""Kinds of records that are never articles."""

_HIDDEN = frozenset({"private", "hidden", "internal", "nobody", "secret"})

_STATE_FIELDS = (
    "status",
    "poststatus",
    "publicationstatus",
    "publishstatus",
    "workflowstate",
    "workflowstatus",
)
_VISIBILITY_FIELDS = ("visibility", "postvisibility", "privacy", "audience")
_KIND_FIELDS = ("type", "posttype", "kind", "contenttype")
_YES_MEANS = {
    "draft": "a draft",
    "isdraft": "a draft",
    "private": "private",
    "isprivate": "private",
    "deleted": "deleted",
    "isdeleted": "deleted",
    "trashed": "in the trash",
    "hidden": "hidden",
    "ishidden": "hidden",
}
_NO_MEANS = {
    "published": "a draft or taken back",
    "ispublished": "a draft or taken back",
    "public": "private",
    "ispublic": "private",
}
_PASSWORDS = ("postpassword", "password")
_FIELDS = frozenset(
    (*_STATE_FIELDS, *_VISIBILITY_FIELDS, *_KIND_FIELDS, *_YES_MEANS, *_NO_MEANS, *_PASSWORDS)
)
_YES = (True, "true", "yes", "1")
_NO = (False, "false", "no", "0")
_PLAIN = re.compile(r"[\W_]+")
_KIND_URI = re.compile(r".*[#/]")


def reason_not_published(fields: Mapping[str, object], *, pages: bool = True) -> str | None:
    """Return why the record with these fields is not an article; None if nothing says so.

    Case, `_`, `-` and spaces in names do not matter, and unknown values count as published. Static pages, such as an
    imprint, are articles if `pages` is true: not in exports of systems that keep them beside their posts.

    >>> reason_not_published({"title": "Mayor to resign", "status": "draft"})
    'not published: a draft'
    """
    plain = {known: value for name, value in fields.items() if (known := _plain(name)) in _FIELDS}
    if not plain:
        return None
    kinds = [
        _plain(_KIND_URI.sub("", kind)) for name in _KIND_FIELDS if isinstance(kind := plain.get(name), str)
    ]
    for kind in kinds:
        if kind in _KINDS:
            return f"not an article but {_KINDS[kind]}"
        if kind == "page" and not pages:
            return "not an article but a page of the site"
    for name in _STATE_FIELDS:
        value = plain.get(name)
        if isinstance(value, str) and (reason := reason_of_status(value)):
            return reason
        if _is(value, _NO):
            return f"not published: {_STATES['unpublished']}"
    for name in _VISIBILITY_FIELDS:
        if isinstance(value := plain.get(name), str) and _plain(value) in _HIDDEN:
            return "not published: private"
    for meanings, answers in ((_YES_MEANS, _YES), (_NO_MEANS, _NO)):
        for name, meaning in meanings.items():
            if name in plain and _is(plain[name], answers):
                return f"not published: {meaning}"
    if any(isinstance(plain.get(name), str) and plain[name] for name in _PASSWORDS):
        return "not public: protected by a password"
    return None


def reason_of_status(status: str | None) -> str | None:
    """Return why a record with this status is not an article; None if the status means nothing or published.

    >>> reason_of_status("stat:canceled")
    "withdrawn by its sender: its status is 'canceled'"
    """
    name = (status or "").rpartition(":")[2].strip()
    if name.lower() in WITHDRAWN:
        return f"withdrawn by its sender: its status is {name!r}"
    meaning = _STATES.get(_plain(name))
    return f"not published: {meaning}" if meaning else None


def reason_of_name(name: str) -> str | None:
    """Return why a file of an export is not an article; None if its name does not say so.

    >>> reason_of_name("draft_Mayor-to-resign-1a2b.html")
    'not published: a draft'
    """
    return f"not published: {_STATES['draft']}" if name.lower().startswith("draft_") else None


def _is(value: object, answers: tuple[object, ...]) -> bool:
    return (value.strip().lower() if isinstance(value, str) else value) in answers


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return _PLAIN.sub("", str(name)).casefold()
