"""Text as people write it: words and their stems, sentences, names, citation markers, datelines."""
