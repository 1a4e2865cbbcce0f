"""Every error that a caller may expect. Each message says what happened, to what, and what to do next.

BackfileError
├── SettingsError          a BACKFILE_* setting is unknown or has a value that cannot be used
├── QuestionError          a question is empty, too long, or its filter makes no sense
├── ArchiveError           the archive folder cannot be used
│   ├── NoArchive          there is no archive there yet
│   ├── NotAnArchive       the folder exists but is something else
│   ├── ArchiveMismatch    made with another encoder, passage builder or schema
│   └── ArchiveBusy        another ingest is writing to it
├── SourceError            a file or folder to ingest cannot be read at all
└── ModelError             a chat or embedding model failed; `retryable` says whether a retry may help
"""


class BackfileError(Exception):
    """The base of all errors that commands report as a message instead of a traceback."""


class SettingsError(BackfileError):
    """A setting is unknown or cannot be used."""


class QuestionError(BackfileError):
    """A question or its filters cannot be used."""


class ArchiveError(BackfileError):
    """The archive folder cannot be used."""


class NoArchive(ArchiveError):
    """There is no archive in the folder yet."""


class NotAnArchive(ArchiveError):
    """The folder exists but is not an archive."""


class ArchiveMismatch(ArchiveError):
    """The archive was made with another encoder, passage builder or schema."""


class ArchiveBusy(ArchiveError):
    """Another ingest is writing to the archive."""


class SourceError(BackfileError):
    """A file or folder given to ingest cannot be read at all."""


class ModelError(BackfileError):
    """A chat or embedding model failed."""

    def __init__(self, message: str, *, retryable: bool = False, too_long: bool = False) -> None:
        """Set the message, whether a retry may help, and whether the prompt was too long for the model."""
        super().__init__(message)
        self.retryable = retryable
        self.too_long = too_long
