"""Field mappings in a TOML file."""

import json
from pathlib import Path

import pytest

from assistant.errors import SourceError
from ingest.__main__ import main
from ingest.sources.field_mapping import read_mapping
from ingest.sources.files import ReadOptions
from ingest.store.ledger import options_digest

MAPPING = """
outlet = "The Harbour Ledger"

[fields]
title = "Head EN"
text = "content.body"

[files."wire/*.jsonl"]
outlet = "Tidewater Wire"
fields.title = "slug"
"""


def mapping_options(tmp_path: Path, text: str, *, outlet: str | None = None, **fields: str) -> ReadOptions:
    path = tmp_path / "fields.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path, outlet=outlet, fields=fields)


def test_what_a_file_says_for_all_files_and_for_some(tmp_path: Path) -> None:
    options = mapping_options(tmp_path, MAPPING)
    all_files, wire = options.of("desk/a.json"), options.of("desk/wire/a.jsonl")
    assert (all_files.outlet, dict(all_files.fields)) == (
        "The Harbour Ledger",
        {"title": "Head EN", "text": "content.body"},
    )
    assert (wire.outlet, dict(wire.fields)) == ("Tidewater Wire", {"title": "slug", "text": "content.body"})


def test_the_last_of_two_rules_for_one_file_wins(tmp_path: Path) -> None:
    rules = '[files."*.csv".fields]\ntitle = "a"\ntext = "b"\n[files."old/*.csv".fields]\ntitle = "c"'
    assert dict(mapping_options(tmp_path, rules).of("desk/old/1.csv").fields) == {"title": "c", "text": "b"}


def test_the_command_line_wins_everywhere(tmp_path: Path) -> None:
    options = mapping_options(tmp_path, MAPPING, outlet="Beacon", title="headline")
    for place in ("desk/a.json", "desk/wire/a.jsonl"):
        found = options.of(place)
        assert (found.outlet, found.fields["title"], found.fields["text"]) == (
            "Beacon",
            "headline",
            "content.body",
        )


def test_without_a_file_only_the_command_line_counts() -> None:
    options = read_mapping(None, outlet="Beacon", fields={"title": "headline"})
    assert (options.outlet, options.fields, options.rules) == ("Beacon", {"title": "headline"}, ())


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("[fields\n", r"is not TOML: .*line 1"),
        ("felds = 1", r"unknown key 'felds': a field mapping has"),
        ('[fields]\nheadline = "x"', r"articles have no field 'headline': map one of title, text"),
        ("[fields]\ntitle = 3", r"title must be a name in quotation marks, not 3"),
        ('[fields]\ntitle = " "', r"title must be a name in quotation marks"),
        ("fields = 'title'", r"fields must be a table, not 'title'"),
        ("outlet = ['a']", r"outlet must be a name in quotation marks"),
        ('[files]\n"*.csv" = "x"', r'\[files."\*.csv"\] must be a table'),
        ('[files."*.csv"]\ntitle = "x"', r'\[files."\*.csv"\]: unknown key \'title\': a field mapping has'),
        ('[files."".fields]\ntitle = "x"', r'\[files.""\] is not a file pattern'),
    ],
)
def test_errors_name_their_file(tmp_path: Path, text: str, output: str) -> None:
    with pytest.raises(SourceError, match=rf"fields.toml.*{output}"):
        mapping_options(tmp_path, text)


def test_files_that_are_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read the field mapping .*check the path"):
        read_mapping(tmp_path / "none.toml", outlet=None, fields={})
    (tmp_path / "fields.toml").write_bytes(b'outlet = "\xff"')
    with pytest.raises(SourceError, match="is not UTF-8"):
        read_mapping(tmp_path / "fields.toml", outlet=None, fields={})


def test_a_changed_mapping_is_another_way_of_reading(tmp_path: Path) -> None:
    one = options_digest(mapping_options(tmp_path, MAPPING))
    assert options_digest(mapping_options(tmp_path, MAPPING)) == one
    assert options_digest(mapping_options(tmp_path, MAPPING.replace('"slug"', '"head"'))) != one
    assert options_digest(mapping_options(tmp_path, MAPPING.replace("wire/", "wires/"))) != one


def test_the_command_reads_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wire = tmp_path / "desk" / "wire"
    wire.mkdir(parents=True)
    record = {"slug": "Wall breached", "Head EN": "no", "content": {"body": "The sea came over the wall."}}
    (wire / "a.jsonl").write_text(json.dumps(record) + "\n")
    (tmp_path / "fields.toml").write_text(MAPPING)
    dry = ["--dry-run", "--json", "--archive", str(tmp_path / "archive"), str(tmp_path / "desk")]
    assert main(dry) == 1
    capsys.readouterr()
    assert main([*dry, "--fields", str(tmp_path / "fields.toml")]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["added"] == 1
    assert main([*dry, "--fields", str(tmp_path / "none.toml")]) == 2
