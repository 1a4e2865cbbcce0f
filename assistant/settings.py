"""All settings, read once from BACKFILE_* environment variables.

docs/settings.md describes each of them; a test compares the two.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from assistant.errors import SettingsError

PREFIX = "BACKFILE_"
CHECKS = ("strict", "lenient")
ARCHIVE = Path("archive")
READERS = ("deep", "small")
SAMPLE_ARCHIVE = Path("archive-sample")
"""The demonstration archive that `make app` makes. The page shows a banner above an archive of this name."""


@dataclass(frozen=True)
class Settings:
    """All settings. Each field is read from the variable with its name: `archive` from `BACKFILE_ARCHIVE`."""

    archive: Path = ARCHIVE
    """Folder of the archive."""
    encoder: str = ""
    """Path or name of a sentence-transformers model, `provider:model` for LangChain's init_embeddings, or
    `package.module:ClassName`; empty for the model that is installed with Backfile."""
    encoder_url: str = ""
    """Base URL of the encoder's server; empty for the provider's own."""
    query_prefix: str = ""
    """Text before each question that the encoder embeds; empty for the model's own prompt."""
    passage_prefix: str = ""
    """Text before each passage that the encoder embeds; empty for the model's own prompt."""
    reader: str = ""
    """"deep" or "small", the reader that decides; empty for the deep one where its weights are installed."""
    model: str = ""
    """Chat model as `provider:model` for LangChain's init_chat_model; empty for quote mode."""
    model_url: str = ""
    """Base URL of the chat model's server; empty for the provider's own."""
    check: str = "strict"
    """What becomes of a chat model's sentence that no passage supports: `strict` withholds it, `lenient` marks it."""
    checker: str = ""
    """Path or name of a cross-encoder that checks a chat model's sentences; empty for the encoder."""
    chroma_url: str = ""
    """Address of the Chroma server that stores the vectors; empty for Chroma in the archive's folder."""
    chroma_token: str = field(default="", repr=False)
    """Token for a proxy in front of the Chroma server."""
    trace: str = ""
    """File that gets one line of JSON a question; empty for none."""
    trace_text: bool = False
    """Whether these lines have the texts of question, answer and notes."""

    @property
    def digest(self) -> str:
        """Digest of the settings that affect answers, without the archive's folder and without secrets."""
        shaping = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in ("archive", "chroma_url", "chroma_token", "trace", "trace_text")
        }
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: a BACKFILE_* variable is not a setting, or has a value that cannot be used.
        """
        known = {PREFIX + each.name.upper(): each.name for each in fields(cls)}
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
                raise SettingsError(f"{name} is not a setting: {hint}")
        # The prefixes are not stripped, because they end in a blank.
        stripped = {name: value.strip() for name, value in given.items()}
        model = stripped.get(PREFIX + "MODEL", "")
        if model and not all(model.partition(":")):
            raise SettingsError(
                f"BACKFILE_MODEL is {model!r}: set it to provider:model, as in ollama:llama3.2 or openai:gpt-5"
            )
        reader = stripped.get(PREFIX + "READER", "")
        if reader not in ("", *READERS):
            raise SettingsError(
                f"BACKFILE_READER is {reader!r}: set it to {' or '.join(READERS)}, or leave it empty"
            )
        check = stripped.get(PREFIX + "CHECK") or CHECKS[0]
        if check not in CHECKS:
            raise SettingsError(f"BACKFILE_CHECK is {check!r}: set it to {' or '.join(CHECKS)}")
        trace_text = stripped.get(PREFIX + "TRACE_TEXT", "")
        if trace_text not in ("", "no", "yes"):
            raise SettingsError(f"BACKFILE_TRACE_TEXT is {trace_text!r}: set it to yes or no")
        return cls(
            check=check,
            checker=stripped.get(PREFIX + "CHECKER", ""),
            archive=Path(stripped.get(PREFIX + "ARCHIVE") or ARCHIVE),
            encoder=stripped.get(PREFIX + "ENCODER", ""),
            encoder_url=stripped.get(PREFIX + "ENCODER_URL", ""),
            query_prefix=given.get(PREFIX + "QUERY_PREFIX", ""),
            passage_prefix=given.get(PREFIX + "PASSAGE_PREFIX", ""),
            reader=reader,
            model=model,
            model_url=stripped.get(PREFIX + "MODEL_URL", ""),
            chroma_url=stripped.get(PREFIX + "CHROMA_URL", ""),
            chroma_token=stripped.get(PREFIX + "CHROMA_TOKEN", ""),
            trace=stripped.get(PREFIX + "TRACE", ""),
            trace_text=trace_text == "yes",
        )
