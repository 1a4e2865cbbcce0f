"""From evidence to an answer: quote mode, and a chat model whose sentences are checked."""
