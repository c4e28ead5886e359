"""Item codes: batches, what is said of ranges of items, and scans."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "code_batches",
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False, comment="items"),
        sa.Column("packing", sa.LargeBinary(), nullable=False, comment="msgpack"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("people_max", sa.Integer(), nullable=False, comment="more who scan one code are an alarm"),
        sa.Column("first", sa.BigInteger(), nullable=False, comment="number of its first item among all codes"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="number after its last pallet, exclusive"),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "code_ranges",
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False, comment="active, sent, void"),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False, comment="item, from 0"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="exclusive; ranges of a mark do not overlap"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("put_by", sa.Text(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False, comment="destination and reason; msgpack"),
        sa.PrimaryKeyConstraint("batch", "mark", "first"),
    )
    op.create_table(
        "code_scans",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False, comment="of its fact"),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False, comment="from 1"),
        sa.Column("scan_no", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("subject", sa.BigInteger(), comment="who scanned; null: erased"),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("ix_code_scans_item", "code_scans", ["batch", "item", "scan_no"])
    op.create_index("ix_code_scans_subject", "code_scans", ["subject"])
