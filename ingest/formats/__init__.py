"""One module per family of file formats; `registry` says which parser reads which file."""
