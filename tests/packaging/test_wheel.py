"""The wheel, installed into its own environment: it has every file that its commands need."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.requirements import chromium
from tests.ports import free_port

pytestmark = [pytest.mark.packaging, pytest.mark.models]

ROOT = Path(__file__).parents[2]
PACKAGES = ("assistant", "backfile", "eval", "ingest", "training")
FOLDERS = {**{name: name for name in PACKAGES}, "sample": "ingest/sample", ".streamlit": "backfile/config"}
"""Folders of the checkout, and where the wheel has their files."""
START_SECONDS = 250


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the checkout, which has nothing left of earlier builds."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", out, source, cwd=out)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def backfile(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside the packages of this environment, and return the path of its command.

    The checkout is not visible there: a .pth file inside a folder that another .pth file names is not read.
    """
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False, symlinks=os.name != "nt")
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = next(scripts.glob("python*"))
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").strip())
    (packages / "installed.pth").write_text(sysconfig.get_paths()["purelib"])
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", "--no-compile", "--force-reinstall", wheel)
    return next(scripts.glob("backfile*"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout, where the commands run."""
    return tmp_path_factory.mktemp("desk")


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command without the settings and paths of this process; return its output."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    """Return the environment without what leads to the checkout or changes how Backfile runs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BACKFILE_", "PYTHONPATH", "STREAMLIT_"))
    }


@pytest.fixture(scope="module")
def address(backfile: Path, desk: Path) -> Iterator[str]:
    """Serve the page in a folder without an archive, so that the sample is ingested first."""
    port = free_port()
    log = desk / "log.txt"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [backfile, "serve", "--port", str(port)],
            cwd=desk,
            env=environment(),
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as response:
                    assert response.read() == b"ok"
                    break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"the page is not served:\n{log.read_text('utf-8', 'replace')}")
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        packed = {name for name in file.namelist() if ".dist-info/" not in name}
    ours = {
        f"{target}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, target in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == ours


def test_the_page_is_served_over_the_packaged_sample(address: str, backfile: Path, desk: Path) -> None:
    assert len(run(backfile, "articles", "--archive", "archive-sample", cwd=desk).splitlines()) > 60
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page()
        page.goto(address)
        expect(page.get_by_text("Demonstration archive.")).to_be_visible(timeout=60_000)
        expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible(timeout=60_000)
        browser.close()


def test_the_page_listens_on_this_machine_only(address: str) -> None:
    # The rule of .streamlit/config.toml holds in a folder without that file: the server has the address of
    # localhost only, and not every address, of which 127.0.0.2 is one.
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("localhost", port), timeout=60):
        pass
    with socket.socket() as other, pytest.raises(OSError):
        other.settimeout(5)
        other.connect(("127.0.0.2", port))


def test_articles_are_ingested_and_asked_from_any_folder(backfile: Path, desk: Path) -> None:
    story = {"title": "Ferry fares rise", "text": "Ferry fares in Port Ellery rise by 4 crowns on Monday."}
    (desk / "story.json").write_text(json.dumps(story))
    report = run(backfile, "ingest", "story.json", "--archive", "fares", "--json", cwd=desk).splitlines()[-1]
    assert json.loads(report)["added"] == 1
    answer = json.loads(
        run(backfile, "ask", "How much do ferry fares rise?", "--archive", "fares", "--json", cwd=desk)
    )
    [citation] = answer["citations"]
    assert citation["quote"] == story["text"]
    assert "reader's weights" not in " ".join(answer["notes"])
    assert run(backfile, "articles", "--archive", "fares", cwd=desk).count("Ferry fares rise") == 1


@pytest.mark.usefixtures("sample_archive")
def test_a_part_of_the_gold_set_is_asked(backfile: Path, desk: Path) -> None:
    measured = json.loads(run(backfile, "eval", "gold", "--every", "60", "--json", cwd=desk).splitlines()[-1])
    assert measured["suite"] == "gold"
    assert measured["n"] >= 6
    assert measured["metrics"]["passage recall@10"]["value"] > 0.5


def test_the_version_is_shown(backfile: Path, wheel: Path, desk: Path) -> None:
    assert run(backfile, "--version", cwd=desk).strip() == f"backfile {wheel.name.split('-')[1]}"
