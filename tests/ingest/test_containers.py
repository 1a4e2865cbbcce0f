"""Packed files: .gz, .zip, and one within another, honest and hostile."""

import gzip
import io
import json
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.article import Article
from ingest.readers import containers
from ingest.records import Rejected

ReadBytes = Callable[..., list[Article | Rejected]]
STORY = b"Wall breached\n\nThe sea came over the wall."


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def summary(outcome: list[Article | Rejected]) -> dict[str, str]:
    """Place → title of an article, or reason of a rejection."""
    return {item.source: item.title if isinstance(item, Article) else item.reason for item in outcome}


def record(title: str) -> bytes:
    return json.dumps({"title": title, "text": "Text."}).encode()


def test_gzip_keeps_the_place_and_the_format_of_its_file(read_bytes: ReadBytes) -> None:
    lines = gzip.compress(record("One") + b"\n") + gzip.compress(record("Two"))
    assert summary(read_bytes("x.jsonl.gz", lines)) == {
        "desk/x.jsonl.gz#1": "One",
        "desk/x.jsonl.gz#2": "Two",
    }
    assert summary(read_bytes("a.txt.gz", gzip.compress(STORY))) == {"desk/a.txt.gz": "Wall breached"}
    assert summary(read_bytes("unnamed", gzip.compress(STORY))) == {"desk/unnamed": "Wall breached"}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_of_a_zip(read_bytes: ReadBytes, method: int) -> None:
    data = zipped(
        {"a/b.txt": STORY, "a/": b"", "x.jsonl": record("One"), "y.jsonl.gz": gzip.compress(record("Two"))},
        method,
    )
    assert summary(read_bytes("week.zip", data)) == {
        "desk/week.zip/a/b.txt": "Wall breached",
        "desk/week.zip/x.jsonl#1": "One",
        "desk/week.zip/y.jsonl.gz#1": "Two",
    }


def test_a_zip_within_a_zip_and_within_gzip(read_bytes: ReadBytes) -> None:
    inner = zipped({"a.txt": STORY})
    assert summary(read_bytes("y.zip", zipped({"w.zip": inner}))) == {
        "desk/y.zip/w.zip/a.txt": "Wall breached"
    }
    assert summary(read_bytes("y.zip.gz", gzip.compress(inner))) == {"desk/y.zip.gz/a.txt": "Wall breached"}


def test_hidden_members_and_descriptions_are_left_out(read_bytes: ReadBytes) -> None:
    data = zipped({"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "README.md": b"x", "a.txt": STORY})
    assert summary(read_bytes("week.zip", data)) == {"desk/week.zip/a.txt": "Wall breached"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/passwd.txt", "leads out of it"),
        ("a/../../b.txt", "leads out of it"),
        ("..\\b.txt", "leads out of it"),
        ("/etc/passwd.txt", "an absolute path"),
        ("C:\\a.txt", "an absolute path"),
    ],
)
def test_names_that_lead_out_are_refused(
    read_bytes: ReadBytes, tmp_path: Path, name: str, reason: str
) -> None:
    outcome = read_bytes("week.zip", zipped({name: STORY, "a.txt": STORY}))
    rejected, accepted = outcome
    assert isinstance(rejected, Rejected) and reason in rejected.reason
    assert isinstance(accepted, Article)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["desk", "week.zip"]


def test_a_second_member_of_one_name_is_refused(read_bytes: ReadBytes) -> None:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", STORY)
        archive.writestr("a.txt", b"Another\n\nStory.")
    article, rejected = read_bytes("week.zip", buffer.getvalue())
    assert isinstance(article, Article) and article.title == "Wall breached"
    assert rejected == Rejected("desk/week.zip/a.txt", "a second member of the same name in the .zip")


def test_encrypted_members_are_named(read_bytes: ReadBytes) -> None:
    data = bytearray(zipped({"a.txt": STORY, "b.txt": STORY}))
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    outcome = summary(read_bytes("week.zip", bytes(data)))
    assert "encrypted" in outcome["desk/week.zip/a.txt"]
    assert outcome["desk/week.zip/b.txt"] == "Wall breached"


def test_a_gzip_bomb_is_stopped(read_bytes: ReadBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 1_000_000)
    lines = record("One") + b"\n" + b"\n" * 5_000_000
    outcome = summary(read_bytes("bomb.jsonl.gz", gzip.compress(lines)))
    assert outcome["desk/bomb.jsonl.gz#1"] == "One"
    assert "as only bombs do" in outcome["desk/bomb.jsonl.gz"]


def test_a_zip_bomb_is_stopped(read_bytes: ReadBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 1_000_000)
    outcome = summary(
        read_bytes("bomb.zip", zipped({"a.jsonl": record("One") + b"\n" * 5_000_000, "b.txt": STORY}))
    )
    assert outcome["desk/bomb.zip/a.jsonl#1"] == "One"
    assert "as only bombs do" in outcome["desk/bomb.zip/a.jsonl"]
    assert "as only zip bombs do; stopped" in outcome["desk/bomb.zip"]


def overlapping(count: int, kernel: bytes) -> bytes:
    """A .zip whose `count` members are all the same packed bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(kernel) + packer.flush()
    sizes = struct.pack("<III", zlib.crc32(kernel), len(packed), len(kernel))
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", 1, 0) + b"a"
    central = b"".join(
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<HHHHHII", 1, 0, 0, 0, 0, 0, 0)
        + b"a"
        for _ in range(count)
    )
    end = b"PK\x05\x06" + struct.pack(
        "<HHHHIIH", 0, 0, count, count, len(central), len(local) + len(packed), 0
    )
    return local + packed + central + end


def test_a_bomb_of_members_that_share_their_bytes_is_stopped(
    read_bytes: ReadBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 100_000)
    monkeypatch.setattr(containers, "MAX_RATIO", 5)
    monkeypatch.setattr(containers, "_forbidden", lambda member, name, seen: None)
    kernel = b"\n".join(record(f"Story {number}") for number in range(2000))
    outcome = read_bytes("bomb.zip", overlapping(500, kernel))
    assert any(isinstance(item, Rejected) and "bomb" in item.reason.lower() for item in outcome) or any(
        isinstance(item, Rejected) and "verlap" in item.reason for item in outcome
    )
    assert len(outcome) < 100 * 2000


def test_containers_without_end_are_not_followed(read_bytes: ReadBytes) -> None:
    data = STORY
    for _ in range(10):
        data = zipped({"a.zip": data})
    [rejected] = read_bytes("a.zip", data)
    assert isinstance(rejected, Rejected) and "more than 4 containers" in rejected.reason
    for _ in range(10):
        data = gzip.compress(data)
    [rejected] = read_bytes("a.gz", data)
    assert isinstance(rejected, Rejected) and "more than 4 containers" in rejected.reason


def test_what_a_member_says_about_its_size_is_not_believed(read_bytes: ReadBytes) -> None:
    data = zipped({"a.txt": STORY * 100, "b.txt": STORY})
    at = data.index(b"PK\x01\x02") + 24
    for claimed, verdict in ((10, "damaged or cut-off"), (2**31, "Wall breached")):
        lying = data[:at] + struct.pack("<I", claimed) + data[at + 4 :]
        outcome = summary(read_bytes("week.zip", lying))
        assert verdict in outcome["desk/week.zip/a.txt"]
        assert outcome["desk/week.zip/b.txt"] == "Wall breached"


def test_what_comes_before_the_damage_goes_in(read_bytes: ReadBytes) -> None:
    letters = random.Random(1)
    lines = b"\n".join(
        json.dumps(
            {"title": f"Story {number}", "text": "".join(letters.choices("abcdefgh ", k=500))}
        ).encode()
        for number in range(1000)
    )
    outcome = read_bytes("x.jsonl.gz", gzip.compress(lines)[:100_000])
    assert isinstance(outcome[-1], Rejected) and "damaged or cut-off gzip data" in outcome[-1].reason
    assert sum(isinstance(item, Article) for item in outcome) > 100


def test_damaged_containers(read_bytes: ReadBytes) -> None:
    for name, data in (
        ("a.zip", zipped({"a.txt": STORY})[:-30]),
        ("b.zip", b"PK\x03\x04" + bytes(100)),
        ("c.gz", b"\x1f\x8b\x08\x00" + b"nothing that can be unpacked"),
        ("d.zip", b"PK\x05\x06" + bytes(18)),
    ):
        outcome = read_bytes(name, data)
        assert all(isinstance(item, Rejected) for item in outcome), name


def test_an_empty_gzip(read_bytes: ReadBytes) -> None:
    assert summary(read_bytes("a.txt.gz", gzip.compress(b""))) == {"desk/a.txt.gz": "empty file"}
