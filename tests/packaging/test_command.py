"""The command `backfile` and the public names of `assistant`: what they reach, and that they load nothing too early."""

import argparse
import subprocess
import sys
from importlib import import_module

import pytest

import assistant
from assistant.__main__ import build_parser
from backfile.__main__ import COMMANDS, main

HEAVY = ("torch", "chromadb", "streamlit", "sentence_transformers", "sqlalchemy")


def loads_nothing_heavy(code: str) -> bool:
    """Whether Python code runs in a new process without importing the packages that take seconds."""
    check = f"{code}\nimport sys\nsys.exit(any(name in sys.modules for name in {HEAVY!r}))"
    return subprocess.run([sys.executable, "-c", check], check=False, stdout=subprocess.PIPE).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_passes_its_arguments_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []
    command = COMMANDS[name]

    def called(arguments: list[str], *, prog: str) -> int:
        given.append(arguments)
        return 7

    monkeypatch.setattr(import_module(command.module), "main", called)
    assert main([name, "--help", "x"]) == 7
    assert given == [[*command.passed, "--help", "x"]]


@pytest.mark.parametrize("name", [*COMMANDS, "eval draft", "eval compare", "eval review", "training weights"])
def test_help_names_the_command_as_it_was_typed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*name.split(), "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: backfile {name} ")
    assert "python -m" not in shown


def test_every_command_of_assistant_is_one_of_backfile() -> None:
    [commands] = [
        action
        for action in build_parser("backfile")._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    assert set(commands.choices) <= set(COMMANDS)


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("backfile ")


@pytest.mark.parametrize("arguments", [[], ["asc"], ["--any"]])
def test_an_unknown_command_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: backfile COMMAND" in capsys.readouterr().err


def test_help_and_version_load_nothing_heavy() -> None:
    for option in ("--help", "--version"):
        run = f"import backfile.__main__\ntry: backfile.__main__.main([{option!r}])\nexcept SystemExit: pass"
        assert loads_nothing_heavy(run)


def test_public_names_are_those_of_their_modules_and_load_nothing_until_used() -> None:
    for name in assistant.__all__:
        assert getattr(assistant, name).__name__ == name
    assert dir(assistant) == sorted(assistant.__all__)
    assert loads_nothing_heavy("import assistant")
    assert loads_nothing_heavy("from assistant import Answer, BackfileError, Citation, Filters, Settings")
    with pytest.raises(AttributeError, match="no attribute 'Reader'"):
        assistant.Reader  # noqa: B018
    with pytest.raises(ImportError):
        from assistant import Nothing  # noqa: F401
