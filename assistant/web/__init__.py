"""The page's parts: the conversation, its answers, the source reader, the sidebar."""
