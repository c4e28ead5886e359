"""Boards: scores, where people stand by them, and the blocks by which ranks are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    address = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "score_boards",
        sa.Column("board", address, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; 0: no window"),
        sa.Column("is_sum", sa.Integer(), nullable=False, comment="1: scores add up, 0: the best counts"),
        sa.PrimaryKeyConstraint("board"),
        sa.UniqueConstraint("name", "opens_at"),
    )
    op.create_table(
        "scores",
        sa.Column("board", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("subject", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("post", sa.BigInteger(), nullable=False, autoincrement=False, comment="act × 1,000 + step; 0: a sum"),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column(
            "down",
            sa.BigInteger(),
            comment="minus the person's total, in the one row that stands for her; else null",
        ),
        sa.Column("total_at", sa.BigInteger(), comment="when the total was reached, microseconds UTC"),
        sa.PrimaryKeyConstraint("board", "subject", "post"),
        sqlite_with_rowid=False,
    )
    stands = sa.text("down IS NOT NULL")
    op.create_index(
        "scores_order", "scores", ["board", "down", "total_at", "subject"],
        sqlite_where=stands, postgresql_where=stands,
    )  # fmt: skip
    op.create_index("scores_subject", "scores", ["subject"])
    op.create_table(
        "score_blocks",
        sa.Column("board", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("from_down", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("from_subject", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column(
            "people",
            sa.BigInteger(),
            nullable=False,
            comment="who stand from here to where the next block begins",
        ),
        sa.PrimaryKeyConstraint("board", "from_down", "from_at", "from_subject"),
        sqlite_with_rowid=False,
    )
