"""The encoder over sentence-transformers models on disk: prompts of their own, prefixes that are set, and limits."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import SettingsError
from assistant.models.encoder import Encoder
from ingest.parsing.passages import PassageBuilder
from tests import tiny_model
from tests.fakes import article

pytestmark = pytest.mark.models

TEXT = "The storm broke the sea wall in three places."


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without prompts."""
    return tiny_model.make(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def prompting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model with the prompts of the E5 family."""
    return tiny_model.make(tmp_path_factory.mktemp("prompting"), {"query": "query: ", "passage": "passage: "})


def assert_puts(encoder: Encoder, plain: Path, *, query: str, passage: str) -> None:
    """Check that an encoder puts this before queries and that before passages."""
    bare = Encoder.open(str(plain))
    assert np.allclose(encoder.encode_queries([TEXT]), bare.encode_queries([query + TEXT]), atol=1e-3)
    assert np.allclose(encoder.encode_passages([TEXT]), bare.encode_passages([passage + TEXT]), atol=1e-3)
    assert encoder.passage_prefix == passage
    assert encoder.embed_query(TEXT) == encoder.encode_queries([TEXT])[0].tolist()
    assert encoder.embed_documents([TEXT]) == encoder.encode_passages([TEXT]).tolist()


def test_the_prompts_that_a_model_brings_are_put_before_texts(plain: Path, prompting: Path) -> None:
    assert_puts(Encoder.open(str(prompting)), plain, query="query: ", passage="passage: ")


def test_prefixes_are_given_to_a_model_that_brings_none(plain: Path) -> None:
    encoder = Encoder.open(str(plain), query_prefix="query: ", passage_prefix="passage: ")
    assert_puts(encoder, plain, query="query: ", passage="passage: ")


def test_prefixes_win_over_the_prompts_that_a_model_brings(plain: Path, prompting: Path) -> None:
    encoder = Encoder.open(str(prompting), passage_prefix="it rained all day: ")
    assert_puts(encoder, plain, query="query: ", passage="it rained all day: ")


def test_a_prefix_changes_vectors(plain: Path) -> None:
    encoder = Encoder.open(str(plain), query_prefix="query: ")
    assert not np.allclose(encoder.encode_queries([TEXT]), encoder.encode_passages([TEXT]), atol=0.01)


@pytest.mark.parametrize("prefix", ["", "it rained all day: "])
def test_prefix_title_date_and_passage_together_are_read_whole(plain: Path, prefix: str) -> None:
    encoder = Encoder.open(str(plain), passage_prefix=prefix)
    builder = PassageBuilder(encoder)
    story = article(f"{TEXT} " * 30, title="The storm", published="2023-11-05")
    passages = builder.build(story)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(story.text.split())
    assert all(story.text[p.start : p.end] == p.text for p in passages)
    read = [prefix + builder.embedded(story, passage) for passage in passages]
    lengths = [len(ids) for ids in encoder._model.tokenizer(read)["input_ids"]]
    assert tiny_model.LIMIT - 10 <= max(lengths) <= tiny_model.LIMIT


def test_a_prefix_that_leaves_no_room_for_passages_is_refused(plain: Path) -> None:
    with pytest.raises(
        SettingsError, match="has 25 tokens, and the encoder reads 40 in all: set BACKFILE_PASSAGE_PREFIX"
    ):
        Encoder.open(str(plain), passage_prefix="it rained all day " * 6 + ":")


def test_a_model_that_names_no_limit_has_that_of_the_default_one(tmp_path: Path) -> None:
    encoder = Encoder.open(str(tiny_model.make_static(tmp_path)))
    assert encoder.limit == 256
    assert len(PassageBuilder(encoder).build(article(f"{TEXT} " * 60))) > 2
    assert float(
        encoder.encode_queries(["sea wall"])[0] @ encoder.encode_passages(["sea"])[0]
    ) == pytest.approx(0.5**0.5, abs=0.01)


def test_a_model_whose_tokenizer_tells_no_places_is_refused() -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW

    with pytest.raises(
        SettingsError, match=r"the encoder 'bag' .* has no fast tokenizer, which is needed to cut passages"
    ):
        Encoder(SentenceTransformer(modules=[BoW(["storm"])], device="cpu"), name="bag")


def test_the_default_model_puts_nothing_before_texts() -> None:
    encoder = Encoder.open()
    assert (encoder.passage_prefix, encoder.limit) == ("", 256)
    asked, told = encoder.encode_queries([TEXT]), encoder.encode_passages([TEXT])
    bare = encoder._model.encode([TEXT], convert_to_tensor=True).float().cpu().numpy()
    assert (asked == told).all()
    assert (told == bare / np.linalg.norm(bare, axis=1, keepdims=True)).all()
