"""Drafts, private posts and what is no article are recognised by the fields of any export."""

import pytest

from ingest.articles.publication import reason_not_published, reason_of_name, reason_of_status


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "draft"},
        {"status": "Auto-Draft"},
        {"post_status": "pending"},
        {"status": "future"},
        {"workflow-state": "In Review"},
        {"visibility": "private"},
        {"is_draft": 1},
        {"draft": "yes"},
        {"is_published": "false"},
        {"published": False},
        {"Deleted": True},
        {"status": False},
        {"status": "0"},
        {"type": "comment"},
        {"type": "http://schemas.google.com/blogger/2008/kind#template"},
        {"post_type": "nav_menu_item"},
        {"kind": "settings"},
        {"post_password": "sesame"},
    ],
)
def test_what_was_not_published(fields: dict[str, object]) -> None:
    assert reason_not_published({"title": "Mayor to resign", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "publish"},
        {"status": "ok"},
        {"status": True},
        {"status": 200},
        {"visibility": "public"},
        {"visibility": "members"},
        {"draft": False},
        {"is_draft": "0"},
        {"published": "2019-02-03"},
        {"published": 1549152000},
        {"type": "article"},
        {"type": "page"},
        {"status": None, "draft": None, "type": ["article"]},
        {"hidden": ""},
        {"password": ""},
    ],
)
def test_what_was_published_or_does_not_say(fields: dict[str, object]) -> None:
    assert reason_not_published({"title": "Mayor to resign", **fields}) is None


def test_pages_are_articles_unless_the_export_keeps_them_beside_posts() -> None:
    assert reason_not_published({"type": "page"}, pages=False) == "not an article but a page of the site"


def test_statuses_and_names() -> None:
    assert reason_of_status("stat:usable") is None
    assert reason_of_status("Canceled") == "withdrawn by its sender: its status is 'Canceled'"
    assert reason_of_status(None) is None
    assert reason_of_name("draft_Mayor.html") == "not published: a draft"
    assert reason_of_name("drafting-the-law.html") is None
