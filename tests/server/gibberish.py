"""Makes a chat model with random weights, which takes any conversation and writes forty tokens or more."""

from pathlib import Path

SENTENCES = [
    "Ferry crews in Port Ellery stopped work on Monday, and the union claimed that sailings were cancelled.",
    "The council passed a budget of 61 million crowns on Tuesday by nine votes to six, the mayor said.",
    "You answer questions about a news archive. You are given numbered passages of its articles.",
    "The storm broke the sea wall in three places. Two people were hurt, according to the police.",
]
"""Its vocabulary comes from these. They have no brackets, so that it can never write a citation marker."""

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "
)


def make(folder: Path) -> None:
    """Write the model and its tokenizer to a folder."""
    # Imported here because they take seconds, and the collection of the fast tests imports this module.
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = Tokenizer(models.BPE(unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Metaspace()
    words.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=2_000, special_tokens=["<unk>", "<s>", "</s>"])
    words.train_from_iterator(SENTENCES, trainer)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words, unk_token="<unk>", bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=96,
            intermediate_size=192,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=16_384,
        )
    )
    # Every other token ends the reply after the minimum length, because chance rarely picks `</s>`.
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=True, top_k=0, min_new_tokens=40, eos_token_id=list(range(2, len(tokenizer), 2))
    )
    model.save_pretrained(folder)
