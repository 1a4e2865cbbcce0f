"""Finds things in plain text: words and stems, sentences, names, citation markers, datelines, notices. Writes dates.

Every other room may use these modules. They use none but `assistant.article`.
"""
