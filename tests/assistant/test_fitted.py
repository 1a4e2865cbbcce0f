from pathlib import Path

import pytest

from assistant.errors import BackfileError
from assistant.fitted import Fit, load

FIT = Fit(
    weights={"lexical": 4.0}, data="a set", digest="ab12", seed=1, date="2026-11-28", measured={"hit@1": 0.5}
)


def test_a_fit_is_read_as_it_was_written(tmp_path: Path) -> None:
    FIT.save(tmp_path / "weights.json")
    assert load(tmp_path / "weights.json", frozenset({"lexical"})) == FIT


def test_weights_of_other_names_are_refused_with_the_remedy(tmp_path: Path) -> None:
    FIT.save(tmp_path / "weights.json")
    with pytest.raises(
        BackfileError, match="has the weights lexical, but dense are needed: run `python -m training"
    ):
        load(tmp_path / "weights.json", frozenset({"dense"}))


@pytest.mark.parametrize("content", [None, "{", "[]", '{"weights": {}}'])
def test_a_file_without_weights_is_refused_with_the_remedy(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "weights.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BackfileError, match=r"does not hold fitted weights .*restore it or run"):
        load(path, frozenset({"lexical"}))
