"""The archive on disk, read: the folder, the SQL catalog, full-text search, Chroma and dense search."""
