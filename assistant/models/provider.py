"""Models of providers: how they are opened through LangChain, and what their errors mean in plain words."""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from assistant.errors import ModelError, SettingsError

TIMEOUT_SECONDS = 120
"""Without a sign from the server: a model on a processor may need a minute to read the passages."""

EXTRAS = {"anthropic": "langchain_anthropic", "ollama": "langchain_ollama", "openai": "langchain_openai"}
"""The providers that have an extra of Backfile, with the package that it installs."""

KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}

PLACEHOLDER_KEY = "not-needed"
"""Sent to servers of one's own, which ask for no key where the client insists on one."""

Opened = TypeVar("Opened")


@dataclass(frozen=True)
class Role:
    """What a model does for Backfile: the words in which its errors are told."""

    name: str
    setting: str
    """The variable that names it; its server's address is in the one with `_URL` after it."""
    kind: str
    providers: str
    again: str
    """How what failed is done once more."""


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
    "ollama, openai or another of LangChain's init_embeddings; a class of one's own is package.module:ClassName",
    "try again",
)


@dataclass(frozen=True)
class ProviderModel:
    """A model as the settings name it, not opened yet."""

    role: Role
    setting: str
    """`provider:model`."""
    url: str

    @property
    def provider(self) -> str:
        """The provider as LangChain writes it."""
        return self.setting.partition(":")[0].lower().replace("-", "_")

    @property
    def model(self) -> str:
        """Its name for the model."""
        return self.setting.partition(":")[2]

    def opened(self, init: Callable[..., Opened], **options: Any) -> Opened:
        """Return what `init` makes of the options, the server's address and the key; nothing is sent to it yet.

        Raises:
            SettingsError: the provider is unknown, its package is not installed, or its key is not set.
        """
        given = f"{self.role.setting} is {self.setting!r}"
        if self.provider in EXTRAS:
            try:
                importlib.import_module(EXTRAS[self.provider])
            except ImportError as error:
                raise SettingsError(
                    f"{given}, but {EXTRAS[self.provider].replace('_', '-')} is not installed: "
                    f"pip install 'backfile[{self.provider}]'"
                ) from error
        if self.url:
            options["base_url"] = self.url
        key = KEYS.get(self.provider)
        if key and not os.environ.get(key):
            if self.provider != "openai" or not self.url:
                raise SettingsError(f"{given}, but {key} is not set: set it to your key")
            options["api_key"] = PLACEHOLDER_KEY
        try:
            return init(**options)
        except ImportError as error:
            raise SettingsError(f"{given}, but its package is missing: {error}") from error
        except Exception as error:
            # Clients refuse what they are given with errors of their own, whose text may hold the key: not repeated.
            raise SettingsError(
                f"{given}, which cannot be opened: check the provider ({self.role.providers}), its key, the model and "
                f"{self.role.setting}_URL"
            ) from error


def model_error(error: BaseException, name: str, role: Role = CHAT) -> ModelError:
    """Return what a provider's error means in plain words, told by its HTTP status and its class names alone.

    The words of the error itself are left out: they may hold a key or the question.
    """
    chain = _chain(error)
    status = next((code for code in map(_status, chain) if code), None)
    names = {kind.__name__ for link in chain for kind in type(link).__mro__}
    said, retryable = _meaning(status, names, chain, role)
    return ModelError(f"The {role.name} {name} {said}", retryable=retryable)


def _meaning(status: int | None, names: set[str], chain: list[BaseException], role: Role) -> tuple[str, bool]:
    """Return what happened and what to do, and whether trying again may help."""
    again, setting = role.again, role.setting
    if status in (401, 403):
        return f"refused the key (HTTP {status}): check the provider's key variable.", False
    if status == 404:
        return f"is not known to its server (HTTP 404): check {setting} and {setting}_URL.", False
    if status == 429:
        return "is limiting requests (HTTP 429): wait a moment, or check your quota.", True
    if status is not None and status >= 500:
        return (
            f"has a failing server (HTTP {status}): {again}, and look at the server if it stays so.",
            True,
        )
    if status is not None:
        return f"did not accept the request (HTTP {status}): check that {setting} names {role.kind}.", False
    if names & {"TimeoutError", "APITimeoutError", "TimeoutException"}:
        return f"did not answer within {TIMEOUT_SECONDS} seconds: {again}, or take a smaller model.", True
    unreachable = f"cannot be reached: start its server, or check {setting}_URL and the network.", True
    # These first: they are also transport errors, which else tell of a server that was there and went away.
    if names & {"ConnectionRefusedError", "ConnectError", "gaierror", "UnsupportedProtocol", "InvalidURL"}:
        return unreachable
    if names & {"ConnectionError", "TransportError"}:
        return f"broke off before it was done: {again}, and look at its server if it stays so.", True
    if "APIConnectionError" in names:
        return unreachable
    return f"failed ({type(chain[0]).__name__}): {again}, and look at its server if it stays so.", False


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error with all that led to it."""
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
