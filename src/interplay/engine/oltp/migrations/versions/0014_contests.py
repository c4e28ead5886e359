"""Contests: entries of customers, and the photos that they uploaded."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contest_entries",
        sa.Column("name", sa.Text(), nullable=False, comment="campaign/part"),
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False, comment="its number in the part"),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, shown, hidden, rejected"),
        sa.Column("changes", sa.Integer(), nullable=False, comment="how often its state was decided"),
        sa.Column("reason", sa.Text(), nullable=False, comment="of the last decision, for her"),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("words", sa.LargeBinary(), nullable=False, comment="title and text, sealed with her key"),
        sa.PrimaryKeyConstraint("name", "entry"),
    )
    op.create_index("ix_contest_entries_subject", "contest_entries", ["subject"])
    op.create_table(
        "contest_photos",
        sa.Column("digest", sa.Text(), nullable=False, comment="of the blob, which is sealed with her key"),
        sa.Column("thumb", sa.Text(), nullable=False, comment="of the blob of the small one"),
        sa.Column("name", sa.Text(), nullable=False, comment="campaign/part"),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False, comment="keyed digest of what was uploaded, and where"),
        sa.Column("width", sa.Integer(), nullable=False, comment="pixels"),
        sa.Column("height", sa.Integer(), nullable=False, comment="pixels"),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("entry", sa.BigInteger(), nullable=False, comment="its number in the part; 0: in none yet"),
        sa.Column("place", sa.Integer(), nullable=False, comment="within the entry"),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("source"),
    )
    op.create_index("ix_contest_photos_subject", "contest_photos", ["subject"])
    op.create_index("ix_contest_photos_thumb", "contest_photos", ["thumb"])
    op.create_index("ix_contest_photos_name", "contest_photos", ["name", "entry"])
