"""Chat mode: prompts, the stream of a chat model, and the citations of its sentences."""
