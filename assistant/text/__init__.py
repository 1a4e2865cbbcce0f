"""Finds things in plain text: words and stems, sentences, names, citation markers, datelines.

Every other room may use these modules. They use none but `assistant.article`.
"""
