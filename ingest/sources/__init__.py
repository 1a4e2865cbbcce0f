"""The input of an ingest: files and folders, options, rejected records, and watching a folder."""
