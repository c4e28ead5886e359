"""Pairs of customers who are probably one person, until staff have looked at them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_candidates",
        sa.Column(
            "one",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="a subject that stands for its customer",
        ),
        sa.Column("other", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False, comment="JSON: column, agreement, weight in bits"),
        sa.Column("found_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("one", "other"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_candidates_other", "match_candidates", ["other"])
