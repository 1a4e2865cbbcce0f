"""Serves the page over the fake assistant to a browser.

Run it with `streamlit run tests/assistant/web/serve.py -- FOLDER [ARCHIVE]`.
FOLDER is where conversations are stored; ARCHIVE is the archive's folder name that the page is given.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import streamlit as st

sys.path.insert(0, str(Path(__file__).parents[3]))

from assistant.conversations import FILE_NAME, Conversations
from assistant.web.answering import Answering
from assistant.web.page import frame, page
from tests.assistant.web.fakes import FakeAssistant

if TYPE_CHECKING:
    from assistant.assistant import Assistant


@st.cache_resource
def opened(folder: str) -> tuple["Assistant", Conversations, Answering]:
    """Return one assistant and its conversations for all pages, as app.py does."""
    assistant = cast(
        "Assistant", FakeAssistant(pause=0.15, starters=["How much will the harbour wall cost?"])
    )
    conversations = Conversations(Path(folder) / FILE_NAME)
    return assistant, conversations, Answering(assistant, conversations)


def main() -> None:
    """Draw the page."""
    parts = opened(sys.argv[1])
    frame()
    page(*parts, Path(sys.argv[2] if len(sys.argv) > 2 else "archive"))


if __name__ == "__main__":
    main()
