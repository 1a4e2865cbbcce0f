"""From evidence to an answer: quote mode, and chat mode with checked citations."""
