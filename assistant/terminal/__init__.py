"""Answers, articles and whole conversations in a terminal."""
