"""README and docs: their commands run, their example shows Backfile's answer, and their links work."""

import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from backfile.__main__ import COMMANDS, main
from ingest.demonstration import SAMPLE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{page.name}" for page in ROOT.glob("docs/*.md")),
]
QUICKER = {"eval gold": ["--every", "200"]}
"""Options that make a command of the README short."""


def commands(program: str) -> list[str]:
    """Return the lines of the README that call a program, without comments."""
    lines = "\n".join(body for _, body in BLOCKS).splitlines()
    return [
        line.partition("#")[0].strip() for line in lines if line.removeprefix("$ ").startswith(f"{program} ")
    ]


@pytest.fixture(scope="module")
def desk(sample_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the archives and articles that the README names."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("archive", "archive-sample"):
        shutil.copytree(sample_archive, folder / name)
    (folder / "articles").mkdir()
    shutil.copy(SAMPLE / "tidewater-wire.csv", folder / "articles")
    return folder


def run(command: list[str]) -> tuple[int, str]:
    """Run a command of `backfile` in this process; return its exit status and what it printed."""
    with redirect_stdout(StringIO()) as out:
        status = main(command)
    return status, out.getvalue()


@pytest.mark.models
@pytest.mark.parametrize(
    "line", [line for line in commands("backfile") if not line.startswith(("$", "backfile serve"))]
)
def test_the_commands_run(line: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    command = [word.replace("~/", "") for word in shlex.split(line)[1:]]
    status, printed = run(command + QUICKER.get(" ".join(command), []))
    assert status == 0
    assert printed.strip()


@pytest.mark.models
def test_the_example_shows_what_is_answered(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    [(line, shown)] = re.findall(r"^\$ backfile (.*)\n((?:.|\n)*?)^```$", README, re.MULTILINE)
    assert run(shlex.split(line)) == (0, shown)


@pytest.mark.models
def test_the_python_example_runs(desk: Path) -> None:
    [program] = [body for language, body in BLOCKS if language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{program}"],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "the battery of an electric pallet truck"
    assert done.stdout.splitlines()[1].startswith("[1] Truck battery caused cannery fire")


def test_the_targets_of_make_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"(?<![\w.])make ([a-z]+)\b", "\n".join(body for _, body in BLOCKS))
    assert {"app", "test"} <= set(named) <= set(targets)


@pytest.mark.parametrize("page", PAGES)
def test_commands_named_in_the_docs_exist(page: str) -> None:
    code = re.findall(r"```.*?```|`[^`]+`", (ROOT / page).read_text("utf-8"), re.DOTALL)
    named = {name for text in code for name in re.findall(r"\bbackfile ([a-z]+)", text)}
    assert named <= {*COMMANDS, "--version"}
    if page == "CHANGELOG.md":
        return  # It also names modules as they were called before.
    modules = {name for text in code for name in re.findall(r"\bpython -m ([a-z_.]+)\b", text)}
    ours = {name for name in modules if (ROOT / name.partition(".")[0]).is_dir()}
    assert all((ROOT / name.replace(".", "/") / "__main__.py").is_file() for name in ours), ours


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text("utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        name, _, heading = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.is_file(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
