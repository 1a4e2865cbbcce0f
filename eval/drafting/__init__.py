"""Questions proposed from an archive, for a person to accept or mend: by rule, or by a chat model."""
