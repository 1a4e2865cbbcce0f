"""One module per family of file formats; `registry` chooses the parser of a file."""
