"""Reads archive files into articles, passages and the two stores."""
