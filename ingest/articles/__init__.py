"""Turns what a format parser extracted into an `Article`: dates, bylines, datelines, furniture, canonical text."""
