"""How search speed grows with the archive: makes large archives and measures their search."""
