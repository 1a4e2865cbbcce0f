"""Parses files into articles cut into passages: in this process, in worker processes or on a Ray cluster."""
