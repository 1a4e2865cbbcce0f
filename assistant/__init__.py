"""Backfile answers questions from a news archive and proves every sentence with a passage of it."""
