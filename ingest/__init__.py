"""From archive files to articles, passages and the two stores."""
