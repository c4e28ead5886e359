"""Who is in which segment, kept all the time; and whose a subject was before, found by the subject."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("member_changes_subject", "member_changes", ["subject", "change"])
    op.create_table(
        "live_segments",
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the document"),
        sa.Column(
            "definition",
            sa.Text(),
            nullable=False,
            comment="digest of all that the answer is made of; empty: not computed",
        ),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="how far the log was read when everybody was asked"
        ),
        sa.Column("computed_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("customers", sa.BigInteger(), nullable=False, comment="how many are in it"),
        sa.PrimaryKeyConstraint("segment"),
    )
    op.create_table(
        "segment_members",
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("chunk", sa.BigInteger(), autoincrement=False, nullable=False, comment="customer number // 2048"),
        sa.Column("bits", sa.LargeBinary(), nullable=False, comment="one bit per customer"),
        sa.PrimaryKeyConstraint("segment", "chunk"),
        sqlite_with_rowid=False,
    )
