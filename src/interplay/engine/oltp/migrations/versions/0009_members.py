"""Devices of stores."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
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
