"""Purges: which old facts were taken out, until when, and how many."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purges",
        sa.Column("purge", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="microseconds UTC; null: under way"),
        sa.Column("limits", sa.Text(), nullable=False, comment="JSON: which facts, until when"),
        sa.Column("facts_count", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("purge"),
    )
