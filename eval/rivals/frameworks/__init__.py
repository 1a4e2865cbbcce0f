"""Pipelines of other frameworks, each as in its own documentation, in a separate environment.

The .txt file beside each lists its packages; those that Backfile shares have the same version.
"""
