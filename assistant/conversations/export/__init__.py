"""Conversations as files that stand on their own: Markdown, JSON and HTML. Only JSON is read again, by `replay`.

Its door is `document.collect`, `document.read` and `formats.FORMATS`.
"""
