"""Answers questions from a news archive and proves every sentence with a passage of it.

The names below are the public interface. Each is imported on first use: PyTorch and Chroma take seconds to load.

    with closing(Assistant.open(Settings(archive=Path("archive")))) as assistant:
        answer = assistant.ask("Who opposed the wind farm?").answer
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer import Answer as Answer
    from assistant.answer import Citation as Citation
    from assistant.assistant import Assistant as Assistant
    from assistant.errors import BackfileError as BackfileError
    from assistant.query import Filters as Filters
    from assistant.settings import Settings as Settings

_MODULES = {
    "Answer": "assistant.answer",
    "Assistant": "assistant.assistant",
    "BackfileError": "assistant.errors",
    "Citation": "assistant.answer",
    "Filters": "assistant.query",
    "Settings": "assistant.settings",
}
"""Where each public name is defined."""

__all__ = ["Answer", "Assistant", "BackfileError", "Citation", "Filters", "Settings"]


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
