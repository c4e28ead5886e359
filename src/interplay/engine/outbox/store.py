"""The table of the outbox."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from interplay.engine.oltp.schema import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="the provider's idempotency key"),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False, comment="microseconds UTC; of a handed one: when its lease ends"),
    Column("message", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, comment="of the last failure"),
    Column("answer", LargeBinary, comment="what the other side said last, sealed by whoever sends"),
    Index("outbox_due", "kind", "state", "due_at"),
)
