"""Questions drafted from an archive, by rule or by a chat model, for a person to accept or edit."""
