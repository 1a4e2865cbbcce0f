"""Reads field mappings from a TOML file: which of a record's fields holds which field of an article.

outlet = "The Harbour Ledger"          # of articles that name none

[fields]
title = "headline"
text = "content.body"

[files."exports/*.csv".fields]         # takes precedence in files whose place ends like this
title = "Head EN"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from assistant.errors import SourceError
from ingest.sources.files import FIELDS, FileRule, ReadOptions


def read_mapping(path: Path | None, *, outlet: str | None, fields: Mapping[str, str]) -> ReadOptions:
    """Return the options that the file gives; the outlet and fields given here take precedence.

    Raises:
        SourceError: the file cannot be read or is not a field mapping; the message names the file and the fault.
    """
    if path is None:
        return ReadOptions(outlet=outlet, fields=fields)
    given = _loaded(path)
    files = _table(given.pop("files", {}), f"{path}: [files]")
    general = _rule("", given, str(path))
    rules = [_rule(pattern, value, f'{path}: [files."{pattern}"]') for pattern, value in files.items()]
    for rule in rules:
        _check_pattern(rule.pattern, path)
    return ReadOptions(
        outlet=outlet or general.outlet,
        fields={**general.fields, **fields},
        rules=tuple(
            FileRule(rule.pattern, outlet or rule.outlet, {**rule.fields, **fields}) for rule in rules
        ),
    )


def _loaded(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(
            f"cannot read the field mapping {path}: {error.strerror}; check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 ({error}): save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path} is not TOML: {error}") from error


def _rule(pattern: str, value: object, where: str) -> FileRule:
    table = _table(value, where)
    for key in table.keys() - {"outlet", "fields"}:
        raise SourceError(
            f"{where}: unknown key {key!r}: a field mapping has outlet, [fields] and [files.PATTERN.fields]"
        )
    fields = _table(table.get("fields", {}), f"{where}: fields")
    for target in fields.keys() - set(FIELDS):
        raise SourceError(f"{where}: articles have no field {target!r}: map one of {', '.join(FIELDS)}")
    outlet = _name(table["outlet"], f"{where}: outlet") if "outlet" in table else None
    return FileRule(
        pattern, outlet, {target: _name(name, f"{where}: {target}") for target, name in fields.items()}
    )


def _check_pattern(pattern: str, path: Path) -> None:
    try:
        PurePosixPath("export.csv").match(pattern)
    except ValueError as error:
        raise SourceError(
            f'{path}: [files."{pattern}"] is not a file pattern ({error}): write "*.csv"'
        ) from error


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise SourceError(f"{where} must be a table, not {value!r}")
    return value


def _name(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SourceError(f"{where} must be a name in quotation marks, not {value!r}")
    return value.strip()
