"""Pipelines of other frameworks, each as its own documentation begins, in an environment of their own.

The .txt beside each says what it needs there; what is installed with Backfile too is held to the same version.
"""
