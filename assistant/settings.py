"""Every setting there is, read once from BACKFILE_* environment variables.

docs/settings.md describes each; a test holds the two together.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from assistant.errors import SettingsError

PREFIX = "BACKFILE_"
ARCHIVE = Path("archive")
SAMPLE_ARCHIVE = Path("archive-sample")
"""Where `make app` puts the demonstration; the page shows a banner over an archive of this name."""


@dataclass(frozen=True)
class Settings:
    """What can be set: each field is read from the variable of its name, `BACKFILE_ARCHIVE` and so on."""

    archive: Path = ARCHIVE
    """Folder of the archive."""
    encoder: str = ""
    """Path or name of a sentence-transformers model, `provider:model` in the words of LangChain's init_embeddings, or
    `package.module:ClassName`; empty for the one that is installed with Backfile."""
    encoder_url: str = ""
    """Base URL of the encoder's server, where it is not the provider's own."""
    query_prefix: str = ""
    """What the encoder is given before a question; empty for what the model brings for it."""
    passage_prefix: str = ""
    """The same before a passage."""
    model: str = ""
    """Chat model as `provider:model`, in the words of LangChain's init_chat_model; empty for quote mode."""
    model_url: str = ""
    """Base URL of the chat model's server, where it is not the provider's own."""
    chroma_url: str = ""
    """Address of the Chroma server that keeps the vectors; empty for Chroma in the archive's folder."""
    chroma_token: str = field(default="", repr=False)
    """Token that a proxy before the Chroma server asks for."""

    @property
    def digest(self) -> str:
        """Digest of the settings that shape answers: neither where the archive lies nor what is secret."""
        shaping = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in ("archive", "chroma_url", "chroma_token")
        }
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: a BACKFILE_* variable is not a setting, or BACKFILE_MODEL names no provider.
        """
        known = {PREFIX + each.name.upper(): each.name for each in fields(cls)}
        given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
                raise SettingsError(f"{name} is not a setting{hint}")
        # All but the prefixes, whose last sign is a blank.
        stripped = {name: value.strip() for name, value in given.items()}
        model = stripped.get(PREFIX + "MODEL", "")
        if model and not all(model.partition(":")):
            raise SettingsError(
                f"BACKFILE_MODEL is {model!r}, but must be provider:model, as in ollama:llama3.2 or openai:gpt-5"
            )
        return cls(
            archive=Path(stripped.get(PREFIX + "ARCHIVE") or ARCHIVE),
            encoder=stripped.get(PREFIX + "ENCODER", ""),
            encoder_url=stripped.get(PREFIX + "ENCODER_URL", ""),
            query_prefix=given.get(PREFIX + "QUERY_PREFIX", ""),
            passage_prefix=given.get(PREFIX + "PASSAGE_PREFIX", ""),
            model=model,
            model_url=stripped.get(PREFIX + "MODEL_URL", ""),
            chroma_url=stripped.get(PREFIX + "CHROMA_URL", ""),
            chroma_token=stripped.get(PREFIX + "CHROMA_TOKEN", ""),
        )
