"""The page, as a script for Streamlit: opens the archive of the settings and draws the page over it."""

import gc
import os
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from assistant.assistant import Assistant
from assistant.conversations import FILE_NAME, Conversations
from assistant.errors import BackfileError, NoArchive
from assistant.settings import ARCHIVE, PREFIX, SAMPLE_ARCHIVE, Settings
from assistant.web.answering import Answering
from assistant.web.page import failure, frame, no_archive, page


def page_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of the page: the demonstration archive replaces a default archive that is missing.

    Raises:
        SettingsError: as `Settings.from_env`.
    """
    settings = Settings.from_env(environ)
    chosen = environ.get(PREFIX + "ARCHIVE", "").strip()
    if not chosen and not ARCHIVE.exists() and SAMPLE_ARCHIVE.exists():
        return replace(settings, archive=SAMPLE_ARCHIVE)
    return settings


@st.cache_resource(show_spinner="Opening the archive")
def open_parts(settings: Settings) -> tuple[Assistant, Conversations, Answering]:
    """Open the archive and its conversations, once for all visitors of the page."""
    assistant = Assistant.open(settings)
    conversations = Conversations(settings.archive / FILE_NAME)
    # Streamlit collects garbage after every drawing, and holds up all other threads for it. The models' objects stay.
    gc.collect()
    gc.freeze()
    return assistant, conversations, Answering(assistant, conversations)


def main() -> None:
    """Draw the page."""
    frame()
    try:
        settings = page_settings(os.environ)
        try:
            parts = open_parts(settings)
        except NoArchive:
            no_archive(settings.archive)
            return
    except BackfileError as error:
        failure(error)
        return
    page(*parts, settings.archive)


if __name__ == "__main__":
    main()
