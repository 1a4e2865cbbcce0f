"""What is given to ingest: files and folders, options, records set aside, and watching a folder."""
