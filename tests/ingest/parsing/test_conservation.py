"""No text is lost or invented between a file and its articles, in any format."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.article import Article
from ingest.__main__ import main
from ingest.formats import registry
from ingest.formats.entry import Entry
from ingest.parsing.conservation import Conservation, measure
from ingest.sources.files import ReadOptions, walk
from tests.ingest.formats.test_docx import docx, paragraph
from tests.ingest.formats.test_pdf import document, shown

TITLE = "Gale takes the roof of the market hall"
STORY = (
    "The gale took the roof of the market hall in Port Ellery on Monday night, and two people were hurt by slates.",
    "Mayor Ida Brandt called the damage the worst in forty years. The hall was built in 1911 and holds sixty stalls.",
    "Traders will sell from tents on the quay until it is mended. Insurers put the loss at nine million crowns.",
)
TEXT = "\n\n".join(STORY)
HTML = "".join(f"<p>{each}</p>" for each in STORY)
RECORD = {"title": TITLE, "text": TEXT, "published": "2023-11-05"}
STATES = 4
"""Most words of a file that only say what kind of record it is, such as `post` and `publish`."""

LINES = [
    "The gale took the roof of the market hall in Port",
    "Ellery on Monday night, and two people were hurt by",
    "falling slates. The mayor called the damage the worst",
    "in forty years, and the insurers put the loss at nine",
    "million crowns.",
]
MAIL = f"From: Desk <desk@ledger.example>\nSubject: {TITLE}\nDate: Sun, 5 Nov 2023 09:00:00 +0000\n\n{TEXT}\n"
PAGE = (
    f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{HTML}</article></body></html>"
)
REPLY = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{PAGE}"
NITF = f"<nitf><head><title>{TITLE}</title></head><body><body.content>{HTML}</body.content></body></nitf>"

FILES: dict[str, tuple[str, bytes]] = {
    "plain text": ("a.txt", f"{TITLE}\n\n{TEXT}".encode()),
    "Markdown": ("a.md", f"# {TITLE}\n\n{TEXT}".encode()),
    "JSON": ("a.json", json.dumps([RECORD]).encode()),
    "JSON Lines": ("a.jsonl", (json.dumps(RECORD) + "\n" + json.dumps({**RECORD, "text": TEXT[::-1]})).encode()),
    "CSV": ("a.csv", ("title,text\n" + f'"{TITLE}","{TEXT}"\n').encode()),
    "HTML": ("a.html", PAGE.encode()),
    "mail": ("a.eml", MAIL.encode()),
    "mbox": ("a.mbox", f"From desk@ledger.example Sun Nov  5 09:00:00 2023\n{MAIL}\n".encode()),
    "RSS and Atom": (
        "a.rss",
        f"<rss version='2.0'><channel><item><title>{TITLE}</title><description><![CDATA[{HTML}]]></description></item>"
        "</channel></rss>".encode(),
    ),
    "NITF": ("a.xml", NITF.encode()),
    "Reuters SGML": (
        "a.sgm",
        "<!DOCTYPE lewis SYSTEM 'lewis.dtd'>\n<REUTERS TOPICS='NO' NEWID='1'>\n<DATE>26-FEB-1987</DATE>\n<TEXT>\n"
        f"<TITLE>{TITLE}</TITLE>\n<BODY>{TEXT}</BODY></TEXT>\n</REUTERS>".encode(),
    ),
    "WARC and ARC": (
        "a.warc",
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/gale\r\nContent-Type: application/http; "
        f"msgtype=response\r\nContent-Length: {len(REPLY)}\r\n\r\n{REPLY}\r\n\r\n".encode(),
    ),
    "WordPress export": (
        "wp.xml",
        "<rss version='2.0' xmlns:wp='http://wordpress.org/export/1.2/' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><wp:wxr_version>1.2</wp:wxr_version><item>"
        f"<title>{TITLE}</title><content:encoded><![CDATA[{HTML}]]></content:encoded>"
        "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item></channel></rss>".encode(),
    ),
    "NewsML-G2": (
        "g2.xml",
        "<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/' guid='a' version='1'><contentMeta><headline>"
        f"{TITLE}</headline></contentMeta><contentSet><inlineXML contenttype='application/xhtml+xml'>"
        f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title>{TITLE}</title></head><body>{HTML}</body></html>"
        "</inlineXML></contentSet></newsItem>".encode(),
    ),
    "Word": ("a.docx", docx(*map(paragraph, (TITLE, *STORY)))),
    "PDF": ("a.pdf", document(shown(LINES))),
}  # fmt: skip


def measured(folder: Path, name: str, data: bytes) -> dict[str, Conservation]:
    (folder / "desk").mkdir(exist_ok=True)
    (folder / "desk" / name).write_bytes(data)
    return measure(list(walk([folder / "desk" / name])), ReadOptions())


@pytest.mark.parametrize("form", FILES)
def test_nothing_is_lost_or_invented(tmp_path: Path, form: str) -> None:
    [(name, found)] = measured(tmp_path, *FILES[form]).items()
    assert name == form
    assert found.files == 1
    assert found.words >= 40
    assert found.lost <= STATES
    assert (found.invented, found.examples) == (0, [])


def spliced(form: registry.Format) -> Any:
    """Return the format with a parser that swaps the words of paragraphs, and loses the last of them."""

    def parse(entry: Entry, options: ReadOptions) -> Iterator[registry.ParseResult]:
        for found in form.parse(entry, options):
            if isinstance(found, Article):
                first, second, *_ = found.text.split("\n\n")
                half = len(first) // 2
                found = Article(title=found.title, source=found.source, text=first[:half] + second[half:])
            yield found

    return registry.Format(form.name, form.suffixes, form.recognises, parse, form.is_binary)


def test_losses_and_splices_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", tuple(map(spliced, registry.FORMATS)))
    found = measured(tmp_path, *FILES["JSON"])["JSON"]
    assert found.lost > 30
    assert found.invented >= 4
    assert found.examples[0].startswith("desk/a.json")


def test_words_of_reported_records_are_left_out_not_lost(tmp_path: Path) -> None:
    rows = [RECORD, {"title": "Weather", "note": "Rain in the north, sun in the south, and wind."}]
    found = measured(tmp_path, "a.json", json.dumps(rows).encode())["JSON"]
    assert (found.left_out, found.lost) == (11, 0)


def test_words_that_were_cut_at_a_line_end_are_not_invented(tmp_path: Path) -> None:
    lines = [
        "The gale took the roof of the mar-",
        "ket hall in Port Ellery on Monday, and two peo-",
        "ple were hurt by slates that fell from it.",
    ]
    found = measured(tmp_path, "a.pdf", document(shown(lines)))["PDF"]
    assert found.invented == 0


def test_the_command_prints_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_bytes(FILES["JSON"][1])
    assert main(["--dry-run", "--conservation", "a.json"]) == 0
    assert (
        "JSON                     1          74 100.00 %    0.00 %   0.00 %         0"
        in capsys.readouterr().out
    )
    assert main(["--dry-run", "--conservation", "--json", "a.json"]) == 0
    assert json.loads(capsys.readouterr().out)["JSON"]["stored"] == 74
    assert not Path("archive").exists()
    with pytest.raises(SystemExit):
        main(["--conservation", "a.json"])
