"""The page: the conversation, its answers, the article view and the sidebar."""
