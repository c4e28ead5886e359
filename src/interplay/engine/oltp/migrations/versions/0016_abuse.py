"""Abuse control: who was seen on which device and line, by keyed digests, for a month."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("kind", sa.Integer(), nullable=False, autoincrement=False, comment="1 a device, 2 a line"),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed digest of it"),
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False, comment="days since 1970-01-01, UTC"),
        sa.Column(
            "subject", sa.BigInteger(), nullable=False, autoincrement=False, comment="the first of the customer's then"
        ),
        sa.Column(
            "since",
            sa.BigInteger(),
            nullable=True,
            comment="when the customer was first heard of, microseconds UTC; null: not known",
        ),
        sa.PrimaryKeyConstraint("kind", "digest", "day", "subject"),
        sqlite_with_rowid=False,
    )
    op.create_index("sightings_subject", "sightings", ["subject", "kind"])
    op.create_index("sightings_day", "sightings", ["day"])
