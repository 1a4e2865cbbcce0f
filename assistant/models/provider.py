"""Opens providers' models through LangChain, and explains their errors in plain words."""

import importlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from assistant.errors import ModelError, SettingsError

TIMEOUT_SECONDS = 120
"""How long to wait for the server's next byte. A model without a GPU may take a minute to read the passages."""

EXTRAS = {"anthropic": "langchain_anthropic", "ollama": "langchain_ollama", "openai": "langchain_openai"}
"""Providers with an installation extra of Backfile, and the package that the extra installs."""

KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
"""Environment variables that hold the providers' keys."""

PLACEHOLDER_KEY = "not-needed"
"""Sent to local servers: they need no key, but the client refuses to work without one."""

_TOO_LONG = re.compile(
    r"context[_ ](?:length|window|size)|too (?:long|large)|too many tokens|max(?:imum)?[_ ]tokens", re.I
)
"""How servers call a prompt that is longer than their model's context. Their errors have no common code."""

Opened = TypeVar("Opened")


@dataclass(frozen=True)
class Role:
    """What a model does for Backfile, with the words that its error messages need."""

    name: str
    setting: str
    """The variable that names the model. The variable with `_URL` after it holds the server's address."""
    kind: str
    providers: str
    """Which providers are possible."""
    retry: str
    """What the user can do to repeat a failed request."""


CHAT = Role(
    "model",
    "BACKFILE_MODEL",
    "a chat model",
    f"{', '.join(EXTRAS)} or another of LangChain's init_chat_model",
    "ask again",
)
ENCODER = Role(
    "encoder",
    "BACKFILE_ENCODER",
    "an embedding model",
    "ollama, openai or another of LangChain's init_embeddings; your own class is package.module:ClassName",
    "try again",
)


@dataclass(frozen=True)
class ProviderModel:
    """A model that the settings name, before it is opened."""

    role: Role
    setting: str
    """`provider:model`."""
    url: str
    """Address of the server; empty for the provider's own."""

    @property
    def provider(self) -> str:
        """The provider's name in LangChain's spelling."""
        return self.setting.partition(":")[0].lower().replace("-", "_")

    @property
    def model(self) -> str:
        """The provider's name for the model."""
        return self.setting.partition(":")[2]

    def open(self, init: Callable[..., Opened], **options: Any) -> Opened:
        """Call LangChain's `init` with the options, the server's address and the key. Sends no request yet.

        Raises:
            SettingsError: the provider is unknown, its package is not installed, or its key is not set.
        """
        setting = f"{self.role.setting} is {self.setting!r}"
        if self.provider in EXTRAS:
            try:
                importlib.import_module(EXTRAS[self.provider])
            except ImportError as error:
                raise SettingsError(
                    f"{setting}, but {EXTRAS[self.provider].replace('_', '-')} is not installed: "
                    f"pip install 'backfile[{self.provider}]'"
                ) from error
        if self.url:
            options["base_url"] = self.url
        key = KEYS.get(self.provider)
        if key and not os.environ.get(key):
            if self.provider != "openai" or not self.url:
                raise SettingsError(f"{setting}, but {key} is not set: set it to your key")
            options["api_key"] = PLACEHOLDER_KEY
        try:
            return init(**options)
        except ImportError as error:
            raise SettingsError(f"{setting}, but its package is missing: {error}") from error
        except Exception as error:
            # The text of a client's own error may contain the key, so it is not repeated.
            raise SettingsError(
                f"{setting}, which cannot be opened: check the provider ({self.role.providers}), its key, the model "
                f"and {self.role.setting}_URL"
            ) from error


def model_error(error: BaseException, name: str, role: Role = CHAT) -> ModelError:
    """Return an error that explains a provider's error, from its HTTP status and its class names alone.

    The text of the error itself is left out because it may contain a key or the question. It only tells whether the
    prompt was too long.
    """
    chain = _chain(error)
    status = next((code for code in map(_status, chain) if code), None)
    names = {kind.__name__ for link in chain for kind in type(link).__mro__}
    if status in (400, 413) and any(map(_is_too_long, chain)):
        return ModelError(
            f"The {role.name} {name} cannot take a text of this length (HTTP {status}): use a model with a longer "
            "context.",
            too_long=True,
        )
    explanation, retryable = _explain(status, names, chain, role)
    return ModelError(f"The {role.name} {name} {explanation}", retryable=retryable)


def _explain(status: int | None, names: set[str], chain: list[BaseException], role: Role) -> tuple[str, bool]:
    """Return what happened and what to do, and whether a retry may help.

    `names` are the names of all classes of the errors in `chain`.
    """
    retry, setting = role.retry, role.setting
    if status in (401, 403):
        return f"refused the key (HTTP {status}): check the provider's key variable.", False
    if status == 404:
        return f"is not known to its server (HTTP 404): check {setting} and {setting}_URL.", False
    if status == 429:
        return "is limiting requests (HTTP 429): wait a moment, or check your quota.", True
    if status is not None and status >= 500:
        return (
            f"has a failing server (HTTP {status}): {retry}, and check the server if it happens again.",
            True,
        )
    if status is not None:
        return f"did not accept the request (HTTP {status}): check that {setting} names {role.kind}.", False
    if names & {"TimeoutError", "APITimeoutError", "TimeoutException"}:
        return f"did not answer within {TIMEOUT_SECONDS} seconds: {retry}, or use a smaller model.", True
    unreachable = f"cannot be reached: start its server, or check {setting}_URL and the network.", True
    # These are transport errors too, so they come first. Other transport errors mean that a connection broke.
    if names & {"ConnectionRefusedError", "ConnectError", "gaierror", "UnsupportedProtocol", "InvalidURL"}:
        return unreachable
    if names & {"ConnectionError", "TransportError"}:
        return f"broke off before it was done: {retry}, and check its server if it happens again.", True
    if "APIConnectionError" in names:
        return unreachable
    return f"failed ({type(chain[0]).__name__}): {retry}, and check its server if it happens again.", False


def _is_too_long(error: BaseException) -> bool:
    """Whether a provider's error says that the prompt is longer than the model's context."""
    return bool(_TOO_LONG.search(f"{getattr(error, 'code', '')} {error}"))


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error followed by its causes."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return chain


def _status(error: BaseException) -> int | None:
    """Return the HTTP status that a provider's error carries."""
    status = getattr(error, "status_code", None) or getattr(
        getattr(error, "response", None), "status_code", None
    )
    return status if isinstance(status, int) and status >= 400 else None
