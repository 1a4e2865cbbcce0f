"""Makes small sentence-transformers models with random weights; they know only the words in WORDS."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WORDS = "query passage : . ? the storm broke sea wall in three places who is mayor it rained all day".split()
LIMIT = 40
"""Tokens that the model of `make` reads."""


def make(folder: Path, prompts: Mapping[str, str] = {}) -> Path:
    """Write a transformer with these prompts, and return its folder."""
    # Imported here because pytest imports this module for the fast tests too, and these imports take seconds.
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    inner = folder / "inner"
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=_tokenizer(), unk_token="[UNK]", pad_token="[PAD]", model_max_length=LIMIT
    ).save_pretrained(inner)
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=len(WORDS) + 4,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=LIMIT,
        )
    ).save_pretrained(inner)
    model = SentenceTransformer(modules=[Transformer(str(inner)), Pooling(16)], prompts=dict(prompts))
    model.save(str(folder / "model"))
    return folder / "model"


def make_static(folder: Path) -> Path:
    """Write a model of static word vectors, which reads texts of any length."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    weights = torch.eye(len(WORDS) + 4)
    SentenceTransformer(modules=[StaticEmbedding(_tokenizer(), embedding_weights=weights)]).save(str(folder))
    return folder


def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate(["[UNK]", "[PAD]", "[CLS]", "[SEP]", *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made
