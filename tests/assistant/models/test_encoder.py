"""The encoder with sentence-transformers models on disk: their own prompts, prefixes from settings, and limits."""

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


def assert_prefixes(encoder: Encoder, plain: Path, *, query: str, passage: str) -> None:
    """Check that an encoder puts `query` before questions and `passage` before passages."""
    bare = Encoder.open(str(plain))
    assert np.allclose(encoder.encode_queries([TEXT]), bare.encode_queries([query + TEXT]), atol=1e-3)
    assert np.allclose(encoder.encode_passages([TEXT]), bare.encode_passages([passage + TEXT]), atol=1e-3)
    assert encoder.passage_prefix == passage
    assert encoder.embed_query(TEXT) == encoder.encode_queries([TEXT])[0].tolist()
    assert encoder.embed_documents([TEXT]) == encoder.encode_passages([TEXT]).tolist()


def test_the_prompts_of_a_model_are_put_before_texts(plain: Path, prompting: Path) -> None:
    assert_prefixes(Encoder.open(str(prompting)), plain, query="query: ", passage="passage: ")


def test_prefixes_are_used_with_a_model_without_prompts(plain: Path) -> None:
    encoder = Encoder.open(str(plain), query_prefix="query: ", passage_prefix="passage: ")
    assert_prefixes(encoder, plain, query="query: ", passage="passage: ")


def test_prefixes_replace_the_prompts_of_a_model(plain: Path, prompting: Path) -> None:
    encoder = Encoder.open(str(prompting), passage_prefix="it rained all day: ")
    assert_prefixes(encoder, plain, query="query: ", passage="it rained all day: ")


def test_a_prefix_changes_vectors(plain: Path) -> None:
    encoder = Encoder.open(str(plain), query_prefix="query: ")
    assert not np.allclose(encoder.encode_queries([TEXT]), encoder.encode_passages([TEXT]), atol=0.01)


@pytest.mark.parametrize("prefix", ["", "it rained all day: "])
def test_prefix_title_date_and_passage_fit_the_limit_together(plain: Path, prefix: str) -> None:
    encoder = Encoder.open(str(plain), passage_prefix=prefix)
    builder = PassageBuilder(encoder)
    story = article(f"{TEXT} " * 30, title="The storm", published="2023-11-05")
    passages = builder.build(story)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(story.text.split())
    assert all(story.text[p.start : p.end] == p.text for p in passages)
    read = [prefix + builder.embedded(story, passage) for passage in passages]
    lengths = [len(ids) for ids in encoder._model.tokenizer(read)["input_ids"]]
    assert tiny_model.LIMIT - 10 <= max(lengths) <= tiny_model.LIMIT


def test_a_prefix_that_is_too_long_is_refused(plain: Path) -> None:
    with pytest.raises(
        SettingsError, match="has 25 tokens, and the encoder reads 40 in all: set BACKFILE_PASSAGE_PREFIX"
    ):
        Encoder.open(str(plain), passage_prefix="it rained all day " * 6 + ":")


def test_a_model_without_a_limit_gets_the_default_limit(tmp_path: Path) -> None:
    encoder = Encoder.open(str(tiny_model.make_static(tmp_path)))
    assert encoder.limit == 256
    assert len(PassageBuilder(encoder).build(article(f"{TEXT} " * 60))) > 2
    assert float(
        encoder.encode_queries(["sea wall"])[0] @ encoder.encode_passages(["sea"])[0]
    ) == pytest.approx(0.5**0.5, abs=0.01)


def test_a_model_without_a_fast_tokenizer_is_refused() -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW

    with pytest.raises(
        SettingsError, match=r"the encoder 'bag' .* has no fast tokenizer, which is needed to cut passages"
    ):
        Encoder(SentenceTransformer(modules=[BoW(["storm"])], device="cpu"), name="bag")


def test_the_default_model_has_no_prefixes() -> None:
    encoder = Encoder.open()
    assert (encoder.passage_prefix, encoder.limit) == ("", 256)
    asked, told = encoder.encode_queries([TEXT]), encoder.encode_passages([TEXT])
    bare = encoder._model.encode([TEXT], convert_to_tensor=True).float().cpu().numpy()
    assert (asked == told).all()
    assert (told == bare / np.linalg.norm(bare, axis=1, keepdims=True)).all()
