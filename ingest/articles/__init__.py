"""From what a format parser extracted to an `Article`: dates, bylines, datelines, furniture, canonical text."""
