"""Devices of stores, cards of members, sessions of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="SHA-256; the key itself is shown once and not kept"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False, comment="the name of its document"),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("revoked_at", sa.BigInteger(), comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "cards",
        sa.Column(
            "card",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="the subject of its number",
        ),
        sa.Column("subject", sa.BigInteger(), nullable=False, comment="the identifier that joined"),
        sa.Column("joined_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), comment="the name of its document"),
        sa.Column("device", sa.Text(), comment="the till's name"),
        sa.PrimaryKeyConstraint("card"),
    )
    op.create_index("ix_cards_subject", "cards", ["subject"])
    op.create_table(
        "customer_sessions",
        sa.Column("session", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token, which is not kept"),
        sa.Column("subject", sa.BigInteger(), nullable=False, comment="the strongest identifier that signed in"),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; exclusive"),
        sa.Column("revoked_at", sa.BigInteger(), comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("session"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_customer_sessions_subject", "customer_sessions", ["subject"])
    op.create_index("ix_customer_sessions_expires_at", "customer_sessions", ["expires_at"])
    op.create_table(
        "session_issuers",
        sa.Column("name", sa.Text(), nullable=False, comment="iss of its tokens"),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column(
            "key",
            sa.LargeBinary(),
            nullable=False,
            comment="shared secret or public key, sealed with the key of nobody",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("revoked_at", sa.BigInteger(), comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "used_tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed digest of what may be used once"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="microseconds UTC: it is refused by its age then"),
        sa.Column("note", sa.Text(), comment="who used it, where the same may ask again"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_used_tokens_until", "used_tokens", ["until"])
    op.create_table(
        "phone_codes",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False, comment="keyed digest"),
        sa.Column("address", sa.LargeBinary(), nullable=False, comment="keyed digest of who asked"),
        sa.Column("code", sa.LargeBinary(), nullable=False, comment="keyed digest of phone and code"),
        sa.Column(
            "sealed", sa.LargeBinary(), comment="to whom and what, sealed with the key of nobody; null once used"
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; exclusive"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("number"),
    )
    for column in ("phone", "address", "created_at"):
        op.create_index(f"ix_phone_codes_{column}", "phone_codes", [column])
