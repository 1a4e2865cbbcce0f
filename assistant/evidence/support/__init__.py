"""Checks whether passages support a sentence: its facts, who said it, what is denied or only possible, and its meaning.

Others import `checker`; the other modules each find one kind of fact.
"""
