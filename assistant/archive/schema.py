"""The tables of the catalog: articles in versions, passages, vectors, the ledger of what was ingested."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 4
"""Stored in SQLite's user_version. A catalog whose version is not in READABLE is refused."""

READABLE = (1, 2, 3, SCHEMA_VERSION)
"""Versions that can be searched as they are. They lack columns in ADDED and tables that only ingest uses. The first
ingest into an older archive adds both."""

CORRECTIONS_SCHEMA = 4
"""The first version that links corrections to the articles that they correct."""

LEDGER_SCHEMA = 3
"""The first version that records which article each record of a file became."""

tables = MetaData()

properties = Table(
    "properties",
    tables,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about the archive: its encoder, its passage builder, the last ingest, the last passage in Chroma."""

articles = Table(
    "articles",
    tables,
    Column("pk", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("family", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("wording", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("outlet", Text),
    Column("authors", JSON, nullable=False),
    Column("published", String),
    Column("published_origin", String, nullable=False),
    Column("published_first", Integer),
    Column("published_last", Integer),
    Column("updated", String),
    Column("updated_origin", String, nullable=False),
    Column("place", Text),
    Column("url", Text),
    Column("guid", Text),
    Column("language", String),
    Column("section", Text),
    Column("keywords", JSON),
    Column("detected", String),
    Column("free", Boolean),
    Column("page", Integer),
    Column("origin", Text),
    Column("standing", String),
    Column("source", Text, nullable=False),
    Column("furniture", JSON, nullable=False),
    Column("length", Integer, nullable=False),
    # The last column, so that SQLite can read the others without the pages of a long text.
    Column("text", Text, nullable=False),
    UniqueConstraint("id", "version"),
)
"""`published_first` and `published_last` are the first and last day that the date can mean, as proleptic ordinals.

`language` is what the record states, `detected` what its text is written in. `origin` is the SHA-256 digest of the file
that a version came from, followed by its place in that file. `standing` says why a version is not current, unless a
newer one corrects it: see `ingest.store.standing`."""

ADDED = {"section": 3, "keywords": 3, "detected": 4, "free": 4, "page": 4, "origin": 4, "standing": 4}
"""Columns of articles that older archives lack, with the first schema that has them."""

Index("articles_wording", articles.c.wording)
Index("articles_family", articles.c.family)
Index("articles_published", articles.c.published_first)
Index("articles_outlet", articles.c.outlet)

passages = Table(
    "passages",
    tables,
    Column("pk", Integer, primary_key=True),
    Column("article", ForeignKey("articles.pk", ondelete="CASCADE"), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    UniqueConstraint("article", "start"),
    sqlite_autoincrement=True,
)
"""Passages of current versions only. No key is used twice, because Chroma is filled in the order of keys."""

vectors = Table(
    "vectors",
    tables,
    Column("passage", ForeignKey("passages.pk", ondelete="CASCADE"), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Unit vectors as little-endian float16."""

withdrawn = Table(
    "withdrawn",
    tables,
    Column("key", String, primary_key=True),
)
"""Passages that were removed from the catalog and must still be removed from Chroma."""

files = Table(
    "files",
    tables,
    Column("source", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("reading", String, nullable=False),
    Column("accepted", Integer, nullable=False),
)
"""Files that were read to their end. `reading` is a digest of the options and the format parsers' version; it is empty
if the file must be read again."""

records = Table(
    "records",
    tables,
    Column("file", ForeignKey("files.source", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("article", String, nullable=False),
    Column("version", Integer, nullable=False),
)
"""The article of each record of a file, even if the article came from another file first."""

Index("records_file", records.c.file)
Index("records_article", records.c.article)

rejections = Table(
    "rejections",
    tables,
    Column("file", ForeignKey("files.source", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

"""Records that could not be read, and why."""

Index("rejections_file", rejections.c.file)

sketches = Table(
    "sketches",
    tables,
    Column("pk", Integer, primary_key=True),
    Column("wording", String, nullable=False, unique=True),
    Column("signature", LargeBinary, nullable=False),
)
"""MinHash signatures of the wordings of current versions, as little-endian 32-bit numbers."""

buckets = Table(
    "buckets",
    tables,
    Column("bucket", Integer, primary_key=True),
    Column("sketch", ForeignKey("sketches.pk", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
"""Buckets of locality-sensitive hashing: wordings in one bucket may be near copies of each other."""

Index("buckets_sketch", buckets.c.sketch)

corrections = Table(
    "corrections",
    tables,
    Column("article", String, primary_key=True),
    Column("corrects", String),
)
"""Articles that correct another one, and that article; NULL if the archive does not have it."""

Index("corrections_corrects", corrections.c.corrects)

removed = Table(
    "removed",
    tables,
    Column("article", String, nullable=False),
    Column("wording", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("day", String, nullable=False),
    UniqueConstraint("article", "wording", "source"),
)
"""Articles that were removed and must not be ingested again. Only digests and sources are stored, no words of the
articles. `asked` is the id or name that the removal was given."""

Index("removed_wording", removed.c.wording)
