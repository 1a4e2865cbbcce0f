"""Compressed files, .tar and .zip, nested and hostile ones too."""

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from assistant.article import Article
from ingest.formats import compression, containers
from ingest.sources.rejections import Rejected

ParseBytes = Callable[..., list[Article | Rejected]]
STORY = b"Wall breached\n\nThe sea came over the wall."


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def summary(outcome: list[Article | Rejected]) -> dict[str, str]:
    """Map places to titles of articles or reasons of rejections."""
    return {item.source: item.title if isinstance(item, Article) else item.reason for item in outcome}


def record(title: str) -> bytes:
    return json.dumps({"title": title, "text": "Text."}).encode()


def test_gzip_keeps_the_place_and_the_format_of_its_file(parse_bytes: ParseBytes) -> None:
    lines = gzip.compress(record("One") + b"\n") + gzip.compress(record("Two"))
    assert summary(parse_bytes("x.jsonl.gz", lines)) == {
        "desk/x.jsonl.gz#1": "One",
        "desk/x.jsonl.gz#2": "Two",
    }
    assert summary(parse_bytes("a.txt.gz", gzip.compress(STORY))) == {"desk/a.txt.gz": "Wall breached"}
    assert summary(parse_bytes("unnamed", gzip.compress(STORY))) == {"desk/unnamed": "Wall breached"}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_of_a_zip(parse_bytes: ParseBytes, method: int) -> None:
    data = zipped(
        {"a/b.txt": STORY, "a/": b"", "x.jsonl": record("One"), "y.jsonl.gz": gzip.compress(record("Two"))},
        method,
    )
    assert summary(parse_bytes("week.zip", data)) == {
        "desk/week.zip/a/b.txt": "Wall breached",
        "desk/week.zip/x.jsonl#1": "One",
        "desk/week.zip/y.jsonl.gz#1": "Two",
    }


def test_a_zip_within_a_zip_and_within_gzip(parse_bytes: ParseBytes) -> None:
    inner = zipped({"a.txt": STORY})
    assert summary(parse_bytes("y.zip", zipped({"w.zip": inner}))) == {
        "desk/y.zip/w.zip/a.txt": "Wall breached"
    }
    assert summary(parse_bytes("y.zip.gz", gzip.compress(inner))) == {"desk/y.zip.gz/a.txt": "Wall breached"}


def test_hidden_members_and_descriptions_are_left_out(parse_bytes: ParseBytes) -> None:
    data = zipped({"__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "README.md": b"x", "a.txt": STORY})
    assert summary(parse_bytes("week.zip", data)) == {"desk/week.zip/a.txt": "Wall breached"}


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
    parse_bytes: ParseBytes, tmp_path: Path, name: str, reason: str
) -> None:
    outcome = parse_bytes("week.zip", zipped({name: STORY, "a.txt": STORY}))
    rejected, accepted = outcome
    assert isinstance(rejected, Rejected) and reason in rejected.reason
    assert isinstance(accepted, Article)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["desk", "week.zip"]


def test_a_second_member_of_one_name_is_refused(parse_bytes: ParseBytes) -> None:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", STORY)
        archive.writestr("a.txt", b"Another\n\nStory.")
    article, rejected = parse_bytes("week.zip", buffer.getvalue())
    assert isinstance(article, Article) and article.title == "Wall breached"
    assert rejected == Rejected("desk/week.zip/a.txt", "a second member of the same name in the .zip")


def test_encrypted_members_are_named(parse_bytes: ParseBytes) -> None:
    data = bytearray(zipped({"a.txt": STORY, "b.txt": STORY}))
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    outcome = summary(parse_bytes("week.zip", bytes(data)))
    assert "encrypted" in outcome["desk/week.zip/a.txt"]
    assert outcome["desk/week.zip/b.txt"] == "Wall breached"


def test_a_gzip_bomb_is_stopped(parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 1_000_000)
    lines = record("One") + b"\n" + b"\n" * 5_000_000
    outcome = summary(parse_bytes("bomb.jsonl.gz", gzip.compress(lines)))
    assert outcome["desk/bomb.jsonl.gz#1"] == "One"
    assert "as only bombs do" in outcome["desk/bomb.jsonl.gz"]


def test_a_zip_bomb_is_stopped(parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 1_000_000)
    outcome = summary(
        parse_bytes("bomb.zip", zipped({"a.jsonl": record("One") + b"\n" * 5_000_000, "b.txt": STORY}))
    )
    assert outcome["desk/bomb.zip/a.jsonl#1"] == "One"
    assert "as only bombs do" in outcome["desk/bomb.zip/a.jsonl"]
    assert "as only zip bombs do; stopped" in outcome["desk/bomb.zip"]


def overlapping(count: int, kernel: bytes) -> bytes:
    """Return a .zip whose `count` members all share the same packed bytes."""
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
    parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 100_000)
    monkeypatch.setattr(containers, "MAX_RATIO", 5)
    monkeypatch.setattr(containers, "_forbidden", lambda member, name, seen: None)
    kernel = b"\n".join(record(f"Story {number}") for number in range(2000))
    outcome = parse_bytes("bomb.zip", overlapping(500, kernel))
    assert any(isinstance(item, Rejected) and "bomb" in item.reason.lower() for item in outcome) or any(
        isinstance(item, Rejected) and "verlap" in item.reason for item in outcome
    )
    assert len(outcome) < 100 * 2000


def test_containers_without_end_are_not_followed(parse_bytes: ParseBytes) -> None:
    data = STORY
    for _ in range(10):
        data = zipped({"a.zip": data})
    [rejected] = parse_bytes("a.zip", data)
    assert isinstance(rejected, Rejected) and "more than 4 containers" in rejected.reason
    for _ in range(10):
        data = gzip.compress(data)
    [rejected] = parse_bytes("a.gz", data)
    assert isinstance(rejected, Rejected) and "more than 4 containers" in rejected.reason


def test_what_a_member_says_about_its_size_is_not_believed(parse_bytes: ParseBytes) -> None:
    data = zipped({"a.txt": STORY * 100, "b.txt": STORY})
    at = data.index(b"PK\x01\x02") + 24
    for claimed, verdict in ((10, "damaged or cut-off"), (2**31, "Wall breached")):
        lying = data[:at] + struct.pack("<I", claimed) + data[at + 4 :]
        outcome = summary(parse_bytes("week.zip", lying))
        assert verdict in outcome["desk/week.zip/a.txt"]
        assert outcome["desk/week.zip/b.txt"] == "Wall breached"


def test_records_before_the_damage_are_read(parse_bytes: ParseBytes) -> None:
    letters = random.Random(1)
    lines = b"\n".join(
        json.dumps(
            {"title": f"Story {number}", "text": "".join(letters.choices("abcdefgh ", k=500))}
        ).encode()
        for number in range(1000)
    )
    outcome = parse_bytes("x.jsonl.gz", gzip.compress(lines)[:100_000])
    assert isinstance(outcome[-1], Rejected) and "damaged or cut-off gzip data" in outcome[-1].reason
    assert sum(isinstance(item, Article) for item in outcome) > 100


def test_damaged_containers(parse_bytes: ParseBytes) -> None:
    for name, data in (
        ("a.zip", zipped({"a.txt": STORY})[:-30]),
        ("b.zip", b"PK\x03\x04" + bytes(100)),
        ("c.gz", b"\x1f\x8b\x08\x00" + b"nothing that can be unpacked"),
        ("d.zip", b"PK\x05\x06" + bytes(18)),
    ):
        outcome = parse_bytes(name, data)
        assert all(isinstance(item, Rejected) for item in outcome), name


def test_an_empty_gzip(parse_bytes: ParseBytes) -> None:
    assert summary(parse_bytes("a.txt.gz", gzip.compress(b""))) == {"desk/a.txt.gz": "empty file"}


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zst": zstandard.compress,
}
NAMES = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "lzma": "xz", "zst": "zstd"}
packed_by = pytest.mark.parametrize("ending", PACKERS)


@packed_by
def test_packed_files_keep_the_place_and_the_format_of_their_file(
    parse_bytes: ParseBytes, ending: str
) -> None:
    pack = PACKERS[ending]
    assert summary(parse_bytes(f"a.txt.{ending}", pack(STORY))) == {f"desk/a.txt.{ending}": "Wall breached"}
    # Several streams with zeros between them, as on tapes; .lzma has only one stream.
    pieces = [pack(record("One") + b"\n"), pack(record("Two"))]
    lines = pack(record("One") + b"\n" + record("Two")) if ending == "lzma" else bytes(8).join(pieces)
    assert summary(parse_bytes(f"x.jsonl.{ending}", lines)) == {
        f"desk/x.jsonl.{ending}#1": "One",
        f"desk/x.jsonl.{ending}#2": "Two",
    }


@packed_by
def test_packed_files_cut_off_give_what_they_hold(parse_bytes: ParseBytes, ending: str) -> None:
    letters = random.Random(1)
    lines = b"".join(
        json.dumps(
            {"title": f"Story {number}", "text": "".join(letters.choices("abcdefgh ", k=2_500))}
        ).encode()
        + b"\n"
        for number in range(400)
    )
    packed = PACKERS[ending](lines)
    outcome = parse_bytes(f"x.jsonl.{ending}", packed[: len(packed) * 9 // 10])
    assert sum(isinstance(item, Article) for item in outcome) > 200
    assert summary(outcome)[f"desk/x.jsonl.{ending}"].startswith(f"damaged or cut-off {NAMES[ending]} data")


@packed_by
def test_a_bomb_of_any_packing_is_stopped(parse_bytes: ParseBytes, ending: str) -> None:
    data = PACKERS[ending](record("One") + b"\n" + (b" " * 999_999 + b"\n") * 60)
    tracemalloc.start()
    outcome = summary(parse_bytes(f"bomb.jsonl.{ending}", data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome[f"desk/bomb.jsonl.{ending}#1"] == "One"
    assert "as only bombs do" in outcome[f"desk/bomb.jsonl.{ending}"]
    assert peak < 100_000_000


def test_a_packing_that_asks_for_much_memory_is_refused(parse_bytes: ParseBytes) -> None:
    header = bytearray(lzma.compress(STORY, lzma.FORMAT_ALONE))
    header[1:5] = struct.pack("<I", 2**31)
    assert (
        "damaged or cut-off xz data" in summary(parse_bytes("a.txt.lzma", bytes(header)))["desk/a.txt.lzma"]
    )
    wide = zstandard.ZstdCompressionParameters(window_log=28)
    writer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    data = writer.compress(STORY) + writer.flush()
    assert "damaged or cut-off zstd data" in summary(parse_bytes("a.txt.zst", data))["desk/a.txt.zst"]


def test_garbage_after_packed_data_is_reported(parse_bytes: ParseBytes) -> None:
    outcome = summary(parse_bytes("x.jsonl.gz", gzip.compress(record("One") + b"\n") + b"garbage"))
    assert outcome["desk/x.jsonl.gz#1"] == "One"
    assert "damaged" in outcome["desk/x.jsonl.gz"]


def test_little_is_unpacked_at_once() -> None:
    for pack, fresh in ((bz2.compress, compression.bzip2), (zstandard.compress, compression.zstd)):
        unpacked = compression.Decompressed(io.BytesIO(pack(bytes(40_000_000))), fresh)
        tracemalloc.start()
        assert unpacked.read(1) == b"\0"
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000_000


def tarred(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member.tobuf()


LONG = "folder/" * 30 + "café.txt"


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_members_of_a_tar(parse_bytes: ParseBytes, pack: Callable[[bytes], bytes], form: int) -> None:
    long = LONG if form != tarfile.USTAR_FORMAT else "folder/" * 20 + "a.txt"
    members = {
        "./a/b.txt": STORY,
        long: STORY,
        "x.jsonl": record("One"),
        "w.zip": zipped({"c.txt": STORY}),
        ".hidden": b"x",
        "README": b"x",
        "empty.txt": b"",
    }
    assert summary(parse_bytes("week.tar", pack(tarred(members, form)))) == {
        "desk/week.tar/./a/b.txt": "Wall breached",
        f"desk/week.tar/{long}": "Wall breached",
        "desk/week.tar/x.jsonl#1": "One",
        "desk/week.tar/w.zip/c.txt": "Wall breached",
        "desk/week.tar/empty.txt": "empty file",
    }


def test_an_old_tar_without_its_mark(parse_bytes: ParseBytes) -> None:
    data = bytearray(tarred({"a.txt": STORY}, tarfile.USTAR_FORMAT))
    data[257:265] = bytes(8)
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 8 * 32 + sum(data[156:512]))
    assert summary(parse_bytes("old", bytes(data))) == {"desk/old/a.txt": "Wall breached"}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "a/../../b.txt", "..\\b.txt", "/etc/passwd.txt", "C:\\a.txt"]
)
def test_names_that_lead_out_of_a_tar_are_refused(parse_bytes: ParseBytes, tmp_path: Path, name: str) -> None:
    rejected, accepted = parse_bytes("week.tar", tarred({name: STORY, "a.txt": STORY}))
    assert isinstance(rejected, Rejected) and "which valid archives never have" in rejected.reason
    assert isinstance(accepted, Article)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["desk", "week.tar"]


def test_links_devices_and_pipes_are_not_followed(parse_bytes: ParseBytes) -> None:
    data = (
        special("folder", tarfile.DIRTYPE)
        + special("link.txt", tarfile.SYMTYPE, "/etc/passwd")
        + special("hard.txt", tarfile.LNKTYPE, "../../etc/passwd")
        + special("zero", tarfile.CHRTYPE)
        + special("disk", tarfile.BLKTYPE)
        + special("pipe", tarfile.FIFOTYPE)
        + special("sparse", tarfile.GNUTYPE_SPARSE)
        + tarred({"a.txt": STORY})
    )
    outcome = summary(parse_bytes("week.tar", data))
    assert outcome.pop("desk/week.tar/a.txt") == "Wall breached"
    assert {place.rpartition("/")[2]: reason.partition(" ")[0] for place, reason in outcome.items()} == {
        "link.txt": "a",
        "hard.txt": "a",
        "zero": "a",
        "disk": "a",
        "pipe": "a",
        "sparse": "a",
    }
    assert all(
        "not followed" in reason or "not opened" in reason or "under its own name" in reason
        for reason in outcome.values()
    )


def test_a_tar_cut_off_gives_what_it_holds(parse_bytes: ParseBytes) -> None:
    whole = tarred({"a.txt": STORY, "b.txt": STORY * 50}, tarfile.USTAR_FORMAT)
    for cut in (512 * 2 + 700, 512 * 2 + 100, 512 * 2):
        outcome = summary(parse_bytes("week.tar", whole[:cut]))
        assert outcome["desk/week.tar/a.txt"] == "Wall breached"
        assert "cut off" in outcome["desk/week.tar"]
    packed = gzip.compress(whole, compresslevel=0)
    outcome = summary(parse_bytes("week.tar.gz", packed[:1500]))
    assert outcome["desk/week.tar.gz/a.txt"] == "Wall breached"
    assert "cut-off gzip data" in outcome["desk/week.tar.gz"]


def with_field(block: bytes, at: int, field: bytes) -> bytes:
    """Return a header with one field replaced and its checksum corrected."""
    data = bytearray(block)
    data[at : at + len(field)] = field
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 8 * 32 + sum(data[156:512]))
    return bytes(data)


@pytest.mark.parametrize(
    "block",
    [
        with_field(special("a.txt", b"0"), 124, b"-0000000777\0"),
        with_field(special("a.txt", b"0"), 124, b"zzzzzzzzzzzz"),
        with_field(special("a.txt", b"0"), 124, b"\xff" * 12),
        with_field(special("a.txt", b"0"), 124, b"\x80" + b"\x7f" * 11),
        with_field(special("a.txt", b"x"), 124, b"77777777777\0"),
        with_field(special("a.txt", b"L"), 124, b"77777777777\0"),
        special("a.txt", b"0")[:300] + b"damage" + special("a.txt", b"0")[306:],
    ],
    ids=["negative", "letters", "negative in binary", "huge", "extended", "long name", "sum"],
)
def test_hostile_headers_of_a_tar_are_refused(parse_bytes: ParseBytes, block: bytes) -> None:
    data = tarred({"first.txt": STORY}, tarfile.USTAR_FORMAT)[:1024] + block + tarred({"b.txt": STORY})
    began = time.process_time()
    outcome = summary(parse_bytes("week.tar", data))
    assert outcome["desk/week.tar/first.txt"] == "Wall breached"
    assert "damaged .tar" in outcome["desk/week.tar"] or "cut off" in outcome["desk/week.tar"]
    assert time.process_time() - began < 5


def test_tar_bombs_are_stopped(parse_bytes: ParseBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "RATIO_FREE", 1_000_000)
    members = {"a.txt": STORY, **{f"{number}.jsonl": (b" " * 999_999 + b"\n") * 2 for number in range(9)}}
    outcome = summary(parse_bytes("bomb.tar.gz", gzip.compress(tarred(members))))
    assert outcome["desk/bomb.tar.gz/a.txt"] == "Wall breached"
    assert "as only bombs do" in outcome["desk/bomb.tar.gz"]
    assert len(outcome) < 9
    nested = STORY
    for _ in range(10):
        nested = tarred({"a.tar": nested})
    [rejected] = parse_bytes("a.tar", nested)
    assert isinstance(rejected, Rejected) and "more than 4 containers" in rejected.reason


def test_the_standard_library_agrees_about_a_tar(parse_bytes: ParseBytes) -> None:
    letters = random.Random(7)
    members = {
        "".join(letters.choices("abc/é", k=letters.randrange(1, 180))).strip("/") + f"{number}.txt": STORY
        + b"x" * letters.randrange(2_000)
        for number in range(200)
    }
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        data = tarred(members, form)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            expected = [f"desk/week.tar/{member.name}" for member in archive]
        assert list(summary(parse_bytes("week.tar", data))) == expected
