"""How search grows with an archive: larger archives made of one that is there, and asked."""
