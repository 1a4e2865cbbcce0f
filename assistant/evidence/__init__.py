"""From passages to evidence: sentences that may answer a question, each with a confidence."""
