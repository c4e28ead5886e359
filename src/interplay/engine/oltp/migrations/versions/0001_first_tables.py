"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="SHA-256; the key itself is shown once and not kept"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False, comment="separated by spaces"),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True, comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), nullable=False, comment="the reaction"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the last fact it has dealt with"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "documents",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="msgpack"),
        sa.Column("applied_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("kind", "name", "version"),
    )
    op.create_table(
        "import_runs",
        sa.Column("file", sa.LargeBinary(), nullable=False, comment="digest of the file's content"),
        sa.Column("mapping", sa.LargeBinary(), nullable=False, comment="digest of what the reading depends on"),
        sa.Column("chunks_done", sa.Integer(), nullable=False),
        sa.Column("is_finished", sa.Boolean(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("file", "mapping"),
    )
    op.create_table(
        "log",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.BigInteger(), nullable=False, comment="words.code"),
        sa.Column("subject", sa.BigInteger(), nullable=True, comment="null: nobody"),
        sa.Column(
            "also",
            sa.LargeBinary(),
            nullable=True,
            comment="the other subjects of the fact, 8 bytes each, little-endian",
        ),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("received_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("origin", sa.BigInteger(), nullable=False, comment="0 live, 1 backfill"),
        sa.Column("source", sa.BigInteger(), nullable=False, comment="words.code"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="sealed with the key of the subject, or of nobody"),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_table(
        "log_ids",
        sa.Column(
            "hour", sa.BigInteger(), autoincrement=False, nullable=False, comment="of the sender's first timestamp"
        ),
        sa.Column(
            "high", sa.BigInteger(), autoincrement=False, nullable=False, comment="first half of the id's digest"
        ),
        sa.Column("low", sa.BigInteger(), autoincrement=False, nullable=False, comment="second half"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "high", "low"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member_changes",
        sa.Column("change", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="how far the log was read"),
        sa.PrimaryKeyConstraint("change"),
    )
    op.create_table(
        "members",
        sa.Column("subject", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index("members_customer", "members", ["customer"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the provider's idempotency key"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "due_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; of a handed one: when its lease ends"
        ),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="of the last failure"),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("outbox_due", "outbox", ["state", "due_at"], unique=False)
    op.create_table(
        "rejects",
        sa.Column("reject", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("door", sa.Text(), nullable=False, comment="segment, sensors or import"),
        sa.Column("source", sa.Text(), nullable=False, comment="the key's name, or the mapping's source"),
        sa.Column("code", sa.Text(), nullable=False, comment="errors.<code>"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="place, parameters and what was sent; sealed"),
        sa.PrimaryKeyConstraint("reject"),
    )
    op.create_table(
        "subjects",
        sa.Column("subject", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed digest of kind and value"),
        sa.Column("kind", sa.BigInteger(), nullable=False, comment="words.code"),
        sa.Column("identifier", sa.LargeBinary(), nullable=False, comment="the value, sealed with the subject's key"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the fact that brought it"),
        sa.PrimaryKeyConstraint("subject"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "timers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="one timer per kind and key"),
        sa.Column("due_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often its handler failed"),
        sa.Column("reason", sa.Text(), nullable=True, comment="of the last failure"),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("timers_due", "timers", ["due_at"], unique=False)
    op.create_table(
        "words",
        sa.Column(
            "code",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="what the log writes instead of the word",
        ),
        sa.Column("use", sa.Text(), nullable=False, comment="fact, source or kind (of identifier)"),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("use", "word"),
    )
