"""Opens the readers that are installed, and makes the finder of evidence that uses them."""

import hashlib
from dataclasses import dataclass

from assistant.errors import SettingsError
from assistant.evidence.deep_evidence import DeepEvidenceFinder
from assistant.evidence.evidence import EvidenceFinder
from assistant.evidence.reader import deep_reader, reader
from assistant.evidence.reader.deep_reader import DeepReader
from assistant.evidence.reader.reader import Reader
from assistant.evidence.reader_evidence import ReaderEvidenceFinder
from assistant.evidence.sentence_picker import SentencePicker
from assistant.models.encoder import TextEncoder
from assistant.settings import Settings
from assistant.text.words import Frequencies

WITHOUT_READER = (
    "The reader's weights are not installed: sentences are picked by their words and meaning, so fewer answers are "
    "right."
)
WITHOUT_DEEP_READER = (
    "The deep reader's weights are not installed: the small reader decides alone, so fewer answers are right."
)


@dataclass(frozen=True)
class Readers:
    """The readers of an assistant."""

    small: Reader | None
    deep: DeepReader | None
    digest: str | None
    """Digest of the weights of both; None without any."""
    notes: tuple[str, ...]
    """Notes for every answer: what is not installed."""

    def finder(self, encoder: TextEncoder, frequencies: Frequencies) -> EvidenceFinder:
        """Return the best finder that can be made with these readers."""
        if self.small is None:
            return SentencePicker(encoder, frequencies)
        small = ReaderEvidenceFinder(self.small, frequencies)
        return DeepEvidenceFinder(small, self.deep, frequencies) if self.deep else small


def reader_name(settings: Settings) -> str:
    """Return the name of the reader that would decide: "deep", "small" or "none"."""
    if not reader.WEIGHTS.is_file():
        return "none"
    return "deep" if settings.reader != "small" and deep_reader.WEIGHTS.is_dir() else "small"


def open_readers(settings: Settings) -> Readers:
    """Load the readers that the settings ask for.

    Raises:
        RuntimeError: a file holds other weights.
        SettingsError: BACKFILE_READER asks for the deep reader and its weights are not installed.
    """
    small = Reader.open()
    deep = DeepReader.open() if small and settings.reader != "small" else None
    if settings.reader == "deep" and deep is None:
        raise SettingsError(
            f"BACKFILE_READER is deep, but its weights are not installed in {deep_reader.WEIGHTS}: install Backfile "
            "with them, or leave the setting empty"
        )
    notes: tuple[str, ...] = ()
    if small is None:
        notes = (WITHOUT_READER,)
    elif deep is None and settings.reader != "small":
        notes = (WITHOUT_DEEP_READER,)
    return Readers(small, deep, weights_digest(settings), notes)


def weights_digest(settings: Settings) -> str | None:
    """Return 16 hexadecimal digits that change with the weights of the readers in use; None without any."""
    paths = {
        "none": [],
        "small": [reader.WEIGHTS],
        "deep": [reader.WEIGHTS, *sorted(deep_reader.WEIGHTS.glob("*.safetensors"))],
    }[reader_name(settings)]
    made = hashlib.sha256()
    for path in paths:
        made.update(path.read_bytes())
    return made.hexdigest()[:16] if paths else None
