"""Models that Backfile opens: the encoder, its tokenizer, and models of providers through LangChain."""
