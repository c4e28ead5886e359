"""What acts keep: receipts, lots and entries, counters, pools and units, groups."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OPEN = sa.text("remaining <> 0")
_OWED = sa.text("remaining < 0")
_WAITING = sa.text("state = 1")
_OWNED = sa.text("owner IS NOT NULL")
_HELD = sa.text("until IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("act", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed digest of the act's key"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="held, done, let_go"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column(
            "until",
            sa.BigInteger(),
            nullable=True,
            comment="a hold's end, microseconds UTC, exclusive; null: it is final",
        ),
        sa.Column("subject", sa.BigInteger(), nullable=True, comment="null: nobody"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="digest of what was asked"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="of the first fact that tells of it; 0: none"),
        sa.Column(
            "done", sa.LargeBinary(), nullable=False, comment="key, steps, effects and result, sealed for the subject"
        ),
        sa.Column(
            "undone", sa.LargeBinary(), nullable=False, comment="how much of each effect was taken back; msgpack"
        ),
        sa.PrimaryKeyConstraint("act"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("acts_held", "acts", ["until"], sqlite_where=_HELD, postgresql_where=_HELD)
    op.create_index("acts_subject", "acts", ["subject"])
    op.create_table(
        "ledger_lots",
        sa.Column("lot", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False, comment="points, …"),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.BigInteger(), nullable=False, comment="that gave it"),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="as given; of a debt 0"),
        sa.Column("remaining", sa.BigInteger(), nullable=False, comment="negative: a debt"),
        sa.Column("active_from", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("expires_at", sa.BigInteger(), nullable=True, comment="microseconds UTC, exclusive; null: never"),
        sa.PrimaryKeyConstraint("lot"),
    )
    op.create_index(
        "ledger_lots_expiring", "ledger_lots", ["unit", "expires_at"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ledger_lots_owed", "ledger_lots", ["unit", "subject"], sqlite_where=_OWED, postgresql_where=_OWED)
    op.create_index("ledger_lots_open", "ledger_lots", ["subject", "unit"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "ledger_entries",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False, comment="customers, or where units come from and go to"),
        sa.Column("lot", sa.BigInteger(), nullable=True, comment="of a customer's account"),
        sa.Column("amount", sa.BigInteger(), nullable=False, comment="Σ of an act and unit is 0"),
        sa.PrimaryKeyConstraint("entry"),
    )
    op.create_index("ledger_entries_act", "ledger_entries", ["act"])
    op.create_index("ledger_entries_lot", "ledger_entries", ["lot"])
    op.create_table(
        "counters",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column(
            "opens_at", sa.BigInteger(), nullable=False, autoincrement=False, comment="microseconds UTC; 0: no window"
        ),
        sa.Column(
            "subject", sa.BigInteger(), nullable=False, autoincrement=False, comment="0: not counted by customer"
        ),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "opens_at", "subject"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pools",
        sa.Column("pool", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minted", sa.BigInteger(), nullable=False, comment="how many there ever were"),
        sa.Column(
            "available", sa.BigInteger(), nullable=False, comment="of things that are all alike: how many are left"
        ),
        sa.PrimaryKeyConstraint("pool"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "units",
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pool", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False, comment="1 waiting, 2 held, 3 owned, 4 used, 5 void"),
        sa.Column("owner", sa.BigInteger(), nullable=True, comment="subject; null: nobody"),
        sa.Column("act", sa.BigInteger(), nullable=True, comment="that brought it to this state"),
        sa.Column("valid_from", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("valid_until", sa.BigInteger(), nullable=True, comment="microseconds UTC, exclusive; null: for ever"),
        sa.Column("digest", sa.LargeBinary(), nullable=True, comment="keyed digest of a code that was imported"),
        sa.PrimaryKeyConstraint("unit"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("units_owner", "units", ["owner"], sqlite_where=_OWNED, postgresql_where=_OWNED)
    op.create_index("units_waiting", "units", ["pool", "unit"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_table(
        "link_groups",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False, comment="subject"),
        sa.Column("act", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=True, comment="microseconds UTC, exclusive; null: never"),
        sa.Column("members_max", sa.BigInteger(), nullable=True, comment="null: any number"),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
    )
    op.create_table(
        "links",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("act", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.PrimaryKeyConstraint("kind", "name", "subject"),
    )
    op.create_index("links_subject", "links", ["subject", "kind"])
    op.create_table(
        "draw_campaigns",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="sealed with the key of nobody"),
        sa.Column("commitment", sa.LargeBinary(), nullable=False, comment="SHA-256 of the secret"),
        sa.Column("plays", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False, comment="of the chain of plays"),
        sa.Column("opened_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("revealed_at", sa.BigInteger(), nullable=True, comment="microseconds UTC; null: it goes on"),
        sa.PrimaryKeyConstraint("campaign"),
    )
    op.create_table(
        "draws",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("play", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("act", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False, comment="the outcome's name"),
        sa.Column("said", sa.LargeBinary(), nullable=False, comment="all that the play says; msgpack"),
        sa.PrimaryKeyConstraint("campaign", "play"),
    )
    op.create_index("draws_subject", "draws", ["subject", "campaign", "play"])
