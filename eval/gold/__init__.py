"""The gold set: questions about the sample archive, how they are asked and how answers are scored.

Other packages import `suite`, the loader in `questions`, and `half_of` in `halves`.
"""
