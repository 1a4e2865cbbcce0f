"""Opens models: the encoder, its tokenizer, and providers' models through LangChain."""
