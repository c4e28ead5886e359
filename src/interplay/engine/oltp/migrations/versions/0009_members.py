"""Devices of stores, cards of members."""

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
