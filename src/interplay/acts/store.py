"""The tables of acts. Their hot statements are by hand; each changes a row only on the condition it states."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from interplay.engine.oltp.schema import metadata

# SQLite makes INTEGER PRIMARY KEY the row's own address; PostgreSQL needs a BIGINT.
_Address = BigInteger().with_variant(Integer(), "sqlite")
_OPEN = text("remaining <> 0")
_OWED = text("remaining < 0")
_WAITING = text("state = 1")
_OWNED = text("owner IS NOT NULL")
_HELD = text("until IS NOT NULL")
_STANDS = text("down IS NOT NULL")

acts = Table(
    "acts",
    metadata,
    Column("act", _Address, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="keyed digest of the act's key"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, comment="held, done, let_go"),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("until", BigInteger, comment="a hold's end, microseconds UTC, exclusive; null: it is final"),
    Column("subject", BigInteger, comment="null: nobody"),
    Column("body", LargeBinary, nullable=False, comment="digest of what was asked"),
    Column("position", BigInteger, nullable=False, comment="of the first fact that tells of it; 0: none"),
    Column("done", LargeBinary, nullable=False, comment="key, steps, effects and result, sealed for the subject"),
    Column("undone", LargeBinary, nullable=False, comment="how much of each effect was taken back; msgpack"),
    Index("acts_held", "until", sqlite_where=_HELD, postgresql_where=_HELD),
    Index("acts_subject", "subject"),
)

ledger_lots = Table(
    "ledger_lots",
    metadata,
    Column("lot", _Address, primary_key=True),
    Column("unit", Text, nullable=False, comment="points, …"),
    Column("subject", BigInteger, nullable=False),
    Column("act", BigInteger, nullable=False, comment="that gave it"),
    Column("amount", BigInteger, nullable=False, comment="as given; of a debt 0"),
    Column("remaining", BigInteger, nullable=False, comment="negative: a debt"),
    Column("active_from", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("expires_at", BigInteger, comment="microseconds UTC, exclusive; null: never"),
    Index("ledger_lots_open", "subject", "unit", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ledger_lots_owed", "unit", "subject", sqlite_where=_OWED, postgresql_where=_OWED),
    Index("ledger_lots_expiring", "unit", "expires_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry", _Address, primary_key=True),
    Column("act", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("unit", Text, nullable=False),
    Column("account", Text, nullable=False, comment="customers, or where units come from and go to"),
    Column("lot", BigInteger, comment="of a customer's account"),
    Column("amount", BigInteger, nullable=False, comment="Σ of an act and unit is 0"),
    Index("ledger_entries_act", "act"),
    Index("ledger_entries_lot", "lot"),
)

counters = Table(
    "counters",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("opens_at", BigInteger, primary_key=True, autoincrement=False, comment="microseconds UTC; 0: no window"),
    Column("subject", BigInteger, primary_key=True, autoincrement=False, comment="0: not counted by customer"),
    Column("used", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

pools = Table(
    "pools",
    metadata,
    Column("pool", _Address, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("minted", BigInteger, nullable=False, comment="how many there ever were"),
    Column("available", BigInteger, nullable=False, comment="of things that are all alike: how many are left"),
)

units = Table(
    "units",
    metadata,
    Column("unit", _Address, primary_key=True),
    Column("pool", BigInteger, nullable=False),
    Column("state", Integer, nullable=False, comment="1 waiting, 2 held, 3 owned, 4 used, 5 void"),
    Column("owner", BigInteger, comment="subject; null: nobody"),
    Column("act", BigInteger, comment="that brought it to this state"),
    Column("valid_from", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("valid_until", BigInteger, comment="microseconds UTC, exclusive; null: for ever"),
    Column("digest", LargeBinary, unique=True, comment="keyed digest of a code that was imported"),
    Index("units_waiting", "pool", "unit", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("units_owner", "owner", sqlite_where=_OWNED, postgresql_where=_OWNED),
)

groups = Table(
    "link_groups",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("owner", BigInteger, nullable=False, comment="subject"),
    Column("act", BigInteger, nullable=False),
    Column("closes_at", BigInteger, comment="microseconds UTC, exclusive; null: never"),
    Column("members_max", BigInteger, comment="null: any number"),
    Column("members", BigInteger, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("act", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Index("links_subject", "subject", "kind"),
)

draw_campaigns = Table(
    "draw_campaigns",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False, comment="sealed with the key of nobody"),
    Column("commitment", LargeBinary, nullable=False, comment="SHA-256 of the secret"),
    Column("plays", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False, comment="of the chain of plays"),
    Column("opened_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("revealed_at", BigInteger, comment="microseconds UTC; null: it goes on"),
)

draws = Table(
    "draws",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("play", BigInteger, primary_key=True, autoincrement=False),
    Column("act", BigInteger, nullable=False),
    Column("subject", BigInteger, nullable=False),  # the first of her customer then, whose pseudonym it says
    Column("given", Text, nullable=False, comment="the outcome's name"),
    Column("said", LargeBinary, nullable=False, comment="all that the play says; msgpack"),
    Index("draws_subject", "subject", "campaign", "play"),
)

STEPS_PER_ACT = 1_000
"""By which acts and their steps are numbered together; no act has more."""

score_boards = Table(
    "score_boards",
    metadata,
    Column("board", _Address, primary_key=True),
    Column("name", Text, nullable=False),
    Column("opens_at", BigInteger, nullable=False, comment="microseconds UTC; 0: no window"),
    Column("is_sum", Integer, nullable=False, comment="1: scores add up, 0: the best counts"),
    UniqueConstraint("name", "opens_at"),
)

scores = Table(
    "scores",
    metadata,
    Column("board", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("post", BigInteger, primary_key=True, autoincrement=False, comment="act × 1,000 + step; 0: a sum"),
    Column("score", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("down", BigInteger, comment="minus the person's total, in the one row that stands for her; else null"),
    Column("total_at", BigInteger, comment="when the total was reached, microseconds UTC"),
    Index("scores_order", "board", "down", "total_at", "subject", sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index("scores_subject", "subject"),
    sqlite_with_rowid=False,
)

score_blocks = Table(
    "score_blocks",
    metadata,
    Column("board", BigInteger, primary_key=True, autoincrement=False),
    Column("from_down", BigInteger, primary_key=True, autoincrement=False),
    Column("from_at", BigInteger, primary_key=True, autoincrement=False),
    Column("from_subject", BigInteger, primary_key=True, autoincrement=False),
    Column("people", BigInteger, nullable=False, comment="who stand from here to where the next block begins"),
    sqlite_with_rowid=False,
)

PAUSED = "acts.paused"  # a cursor: 1 while nothing is given
