"""Chat mode: prompts, the stream of a chat model's reply, and the citations of its sentences."""
