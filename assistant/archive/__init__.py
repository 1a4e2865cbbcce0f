"""Reads the archive on disk: folder, SQL catalog, full-text search, Chroma and dense search.

Other rooms use `ArchiveFolder`, `Catalog` and `DenseIndex`. Only `ingest.store` may use the schema and connections.
"""
