"""The tables of staff."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from interplay.engine.oltp.schema import metadata

# SQLite makes INTEGER PRIMARY KEY the row's own address; PostgreSQL needs a BIGINT.
_Address = BigInteger().with_variant(Integer(), "sqlite")

staff_users = Table(
    "staff_users",
    metadata,
    Column("user_id", _Address, primary_key=True),
    Column("email", Text, nullable=False, unique=True, comment="in small letters"),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False, comment="argon2id, with its parameters"),
    Column("totp", LargeBinary, comment="secret of codes, sealed with the key of nobody"),
    Column("totp_pending", LargeBinary, comment="the same, until a code of it was given"),
    Column("totp_step", BigInteger, comment="of the last code that was used"),
    Column("created_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("disabled_at", BigInteger, comment="microseconds UTC"),
)

staff_recovery_codes = Table(
    "staff_recovery_codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="keyed digest of user and code; gone once used"),
    Column("user_id", BigInteger, nullable=False, index=True),
)

staff_invitations = Table(
    "staff_invitations",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the token, which is not kept"),
    Column("email", Text, nullable=False, index=True),
    Column("role", Text, comment="null: of somebody who is there already"),
    Column("drops_second_factor", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False, comment="microseconds UTC; exclusive"),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the token, which is not kept"),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("seen_at", BigInteger, nullable=False, comment="microseconds UTC; up to five minutes behind"),
    Column("expires_at", BigInteger, nullable=False, index=True, comment="microseconds UTC; exclusive"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry", _Address, primary_key=True),
    Column("at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("user_id", BigInteger, comment="of the staff"),
    Column("key", Text, comment="of the API, where no user asked"),
    Column("action", Text, nullable=False, comment="the operation's id"),
    Column("place", Text, nullable=False, comment="what it is about, without what names a customer"),
    Column("status", Integer, comment="of the answer; null until it is known"),
)
