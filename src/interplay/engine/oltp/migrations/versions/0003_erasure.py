"""Whom was erased: the numbers of the subjects, and what was done when, by whom and why."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_subjects",
        sa.Column(
            "subject",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="its row in subjects is gone, and its key is zeros",
        ),
        sa.Column("kind", sa.BigInteger(), nullable=False, comment="words.code"),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "erasures",
        sa.Column("erasure", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identifiers_count", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the log's end at that moment"),
        sa.Column("erased_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="never anything personal"),
        sa.PrimaryKeyConstraint("erasure"),
    )
