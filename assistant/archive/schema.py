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

SCHEMA_VERSION = 3
"""Kept in SQLite's user_version; an archive of a schema that is not readable is refused with what mends it."""

READABLE = (1, 2, SCHEMA_VERSION)
"""Schemas that can be asked as they are. What is newer in ours are tables that only ingest looks at, and ADDED: the
first ingest into an older archive adds them."""

tables = MetaData()

properties = Table(
    "properties",
    tables,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the archive knows of itself: encoder, passage builder, last ingest, how far Chroma has come."""

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
    Column("source", Text, nullable=False),
    Column("furniture", JSON, nullable=False),
    Column("length", Integer, nullable=False),
    # Last, so that reading the columns before it does not page through the whole text.
    Column("text", Text, nullable=False),
    UniqueConstraint("id", "version"),
)
"""`published_first` and `published_last`: first and last day the date can mean, as proleptic ordinals."""

ADDED = ("section", "keywords")
"""Columns of articles that archives of schemas 1 and 2 lack."""

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
"""Passages of current versions only. Keys are never used twice: Chroma follows them in their order."""

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
"""Passages that left the catalog and must still leave Chroma."""

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
"""Files read to their end; `reading` is a digest of the options and the readers' version, empty for a file that is
to be read again."""

records = Table(
    "records",
    tables,
    Column("file", ForeignKey("files.source", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("article", String, nullable=False),
    Column("version", Integer, nullable=False),
)
"""Which article each record of a file is, be it that another file brought it in."""

Index("records_file", records.c.file)
Index("records_article", records.c.article)

rejections = Table(
    "rejections",
    tables,
    Column("file", ForeignKey("files.source", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

Index("rejections_file", rejections.c.file)

sketches = Table(
    "sketches",
    tables,
    Column("pk", Integer, primary_key=True),
    Column("wording", String, nullable=False, unique=True),
    Column("signature", LargeBinary, nullable=False),
)
"""MinHash signatures of the wordings that current versions have, as little-endian 32-bit numbers."""

buckets = Table(
    "buckets",
    tables,
    Column("bucket", Integer, primary_key=True),
    Column("sketch", ForeignKey("sketches.pk", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
"""Wordings that share a bucket may be near copies of each other (locality-sensitive hashing)."""

Index("buckets_sketch", buckets.c.sketch)

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
"""Articles that were removed and are not let in again: digests and places, none of their words. `asked` is the name
that the removal was given."""

Index("removed_wording", removed.c.wording)
