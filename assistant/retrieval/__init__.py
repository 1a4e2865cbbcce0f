"""From the plan of a question to ranked passages."""
