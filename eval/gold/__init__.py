"""The gold set: questions about the sample archive, how they are asked and how answers are scored."""
