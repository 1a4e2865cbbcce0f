import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from assistant.errors import ModelError, SettingsError
from assistant.models.encoder import Encoder
from assistant.models.langchain_encoder import PASSAGES_PER_REQUEST, LangChainEncoder
from ingest.parsing.passages import PassageBuilder
from tests.fakes import WordEmbeddings, WordEncoder, article

TEXT = "The storm broke the sea wall in three places."


class Given(Embeddings):
    """Returns fixed vectors for any text."""

    def __init__(self, *rows: list[float]) -> None:
        self.rows = list(rows)
        self.requests: list[int] = []

    def embed_query(self, text: str) -> list[float]:
        return self.rows[0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.requests.append(len(texts))
        return self.rows


def test_vectors_are_scaled_to_length_1() -> None:
    encoder = LangChainEncoder(WordEmbeddings(), name="words")
    expected = WordEncoder().encode([TEXT])
    assert encoder.encode_passages([TEXT]) == pytest.approx(expected)
    assert encoder.encode_queries([TEXT]) == pytest.approx(expected)
    assert encoder.encode_passages([]).shape == encoder.encode_queries([]).shape == (0, WordEncoder.dimension)


def test_the_dimension_is_requested_once() -> None:
    model = Given([3.0, 4.0])
    encoder = LangChainEncoder(model, name="given")
    assert (encoder.dimension, encoder.dimension, model.requests) == (2, 2, [1])


def test_passages_are_sent_in_several_requests() -> None:
    model = Given(*[[3.0, 4.0]] * PASSAGES_PER_REQUEST)
    assert LangChainEncoder(model, name="given").encode_passages([TEXT] * 2 * PASSAGES_PER_REQUEST).shape == (
        2 * PASSAGES_PER_REQUEST,
        2,
    )
    assert model.requests == [PASSAGES_PER_REQUEST, PASSAGES_PER_REQUEST]


def test_passages_are_cut_with_the_default_tokenizer_and_leave_room_for_the_prefix() -> None:
    encoder = LangChainEncoder(WordEmbeddings(), name="words", passage_prefix="search_document: ")
    # search, _, document and the colon.
    assert encoder.limit == encoder.tokenizer.limit == 256 - 4
    assert [TEXT[start:end] for start, end in encoder.token_spans(TEXT)][:3] == ["The", "storm", "broke"]
    builder = PassageBuilder(encoder)
    story = article(f"{TEXT} " * 90, published="2023-11-05")
    texts = [encoder.passage_prefix + builder.embedded(story, passage) for passage in builder.build(story)]
    assert 200 < max(encoder.count_tokens(texts)) + 2 <= 256


@pytest.mark.models
def test_the_tokenizer_equals_that_of_the_default_model() -> None:
    ours, its = LangChainEncoder(WordEmbeddings(), name="words"), Encoder.open()
    assert ours.limit == its.limit
    assert ours.token_spans(TEXT) == its.token_spans(TEXT)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1.0, float("nan")]], "returned a vector that is all 0, or holds NaN or infinity"),
        ([[1.0, float("inf")]], "returned a vector that is all 0, or holds NaN or infinity"),
        ([[0.0, 0.0]], "returned a vector that is all 0, or holds NaN or infinity"),
        ([[1.0, 0.0], [0.0, 1.0]], r"returned 2 vectors of \[2\] numbers instead of 1 of one length"),
        ([], r"returned 0 vectors of \[\] numbers instead of 1 of one length"),
        ([None], r"failed \(TypeError\)"),
        ([["wall", "storm"]], r"failed \(ValueError\)"),
    ],
)
def test_unusable_vectors_are_refused(rows: list[list[float]], said: str) -> None:
    with pytest.raises(ModelError, match=f"The encoder given {said}"):
        LangChainEncoder(Given(*rows), name="given").encode_passages([TEXT])


def test_vectors_of_another_length_than_before_are_refused() -> None:
    model = Given([3.0, 4.0])
    encoder = LangChainEncoder(model, name="given")
    assert encoder.encode_queries([TEXT])[0] == pytest.approx(np.array([0.6, 0.8]))
    model.rows = [[3.0, 4.0, 0.0]]
    with pytest.raises(ModelError, match=r"returned 1 vectors of \[3\] numbers instead of 1 of 2"):
        encoder.encode_queries([TEXT])


def test_a_prefix_that_is_too_long_is_refused() -> None:
    with pytest.raises(SettingsError, match="set BACKFILE_PASSAGE_PREFIX to a shorter one"):
        LangChainEncoder(WordEmbeddings(), name="words", passage_prefix="storm " * 129)
