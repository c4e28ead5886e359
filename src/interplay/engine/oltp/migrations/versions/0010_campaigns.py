"""Campaigns: how each stands, and what each version promised."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of its document: the one that is in force"),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="live, paused, ended, settled; live is scheduled before it begins",
        ),
        sa.Column("changed_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "campaign_versions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False, comment="what was promised; msgpack"),
        sa.PrimaryKeyConstraint("name", "version"),
    )
