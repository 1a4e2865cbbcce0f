import pytest

from assistant.article import gaps
from assistant.models.encoder import Encoder
from ingest.parsing.passages import LONGEST_PASSAGE, PassageBuilder
from tests.fakes import WordEncoder, article

SENTENCES = "The wave came over the wall at dawn. Nobody on the quay was hurt. Two boats were lost. " * 30


def test_passages_are_whole_sentences_in_order_that_cover_the_text() -> None:
    story = article(SENTENCES.strip(), published="2023-11-05")
    passages = PassageBuilder(WordEncoder()).build(story)
    assert len(passages) > 5
    end = 0
    for passage in passages:
        assert story.text[passage.start : passage.end] == passage.text
        assert not story.text[end : passage.start].strip()
        assert passage.text.endswith((".", "!"))
        end = passage.end
    assert end == len(story.text)


def test_title_date_and_passage_stay_within_the_limit() -> None:
    encoder = WordEncoder(limit=60)
    builder = PassageBuilder(encoder)
    story = article(SENTENCES, title="A very long headline " * 40, published="2023-11-05")
    for passage in builder.build(story):
        assert encoder.count_tokens([builder.embedded(story, passage)])[0] + 2 <= encoder.limit


def test_passages_are_of_about_one_size() -> None:
    encoder = WordEncoder()
    story = article(SENTENCES)
    counts = encoder.count_tokens([passage.text for passage in PassageBuilder(encoder).build(story)])
    assert min(counts) > max(counts) / 2


def test_furniture_is_in_no_passage() -> None:
    text = "Storm over Port Ellery\n\nThe wave came over the wall.\n\n05/11/2023 08:00:00 - Port Ellery"
    furniture = ((0, 22), (54, len(text)))
    story = article(text, furniture=furniture)
    passages = PassageBuilder(WordEncoder()).build(story)
    assert [passage.text for passage in passages] == ["The wave came over the wall."]
    free = gaps(list(furniture), len(text))
    assert all(any(low <= p.start and p.end <= high for low, high in free) for p in passages)


@pytest.mark.parametrize("text", ["word " * 3_000, "x" * 20_000, "word" + " \n" * 9_000 + "word"])
def test_a_sentence_without_end_is_cut_between_words_and_nothing_is_lost(text: str) -> None:
    encoder = WordEncoder()
    story = article(text.strip())
    passages = PassageBuilder(encoder).build(story)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())
    assert all(len(p.text) <= LONGEST_PASSAGE for p in passages)
    assert all(encoder.count_tokens([p.text])[0] + 2 <= encoder.limit for p in passages)
    if " " in text:
        assert all(p.text.startswith("word") and p.text.endswith("word") for p in passages)


@pytest.mark.parametrize("text", ["", "   \n "])
def test_an_empty_text_has_no_passage(text: str) -> None:
    assert PassageBuilder(WordEncoder()).build(article(text)) == []


@pytest.mark.models
def test_the_real_encoder_never_cuts_a_passage_off() -> None:
    encoder = Encoder.open()
    builder = PassageBuilder(encoder)
    accents = "Nakhalé’s counter‑offer, “ça suffit”, cost €2.3m — or 12:30 a.m. GMT… "
    for text in (SENTENCES, accents * 60, "无" * 3_000, "supercalifragilistic" * 900, "🙂 " * 900):
        story = article(text.strip(), title=accents * 9, published="2023-11-05")
        passages = builder.build(story)
        assert "".join("".join(p.text.split()) for p in passages) == "".join(story.text.split())
        tokens = [
            len(t)
            for t in encoder._model.tokenizer([builder.embedded(story, p) for p in passages])["input_ids"]
        ]
        assert max(tokens) <= encoder.limit
