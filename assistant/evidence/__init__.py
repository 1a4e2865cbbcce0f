"""From passages to evidence: sentences that may answer a question, with a score each."""
