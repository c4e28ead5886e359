"""Staff: accounts, sessions, invitations, second factors, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_Address = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff_users",
        sa.Column("user_id", _Address, primary_key=True),
        sa.Column("email", sa.Text(), nullable=False, unique=True, comment="in small letters"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False, comment="argon2id, with its parameters"),
        sa.Column("totp", sa.LargeBinary(), comment="secret of codes, sealed with the key of nobody"),
        sa.Column("totp_pending", sa.LargeBinary(), comment="the same, until a code of it was given"),
        sa.Column("totp_step", sa.BigInteger(), comment="of the last code that was used"),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("disabled_at", sa.BigInteger(), comment="microseconds UTC"),
    )
    op.create_table(
        "staff_recovery_codes",
        sa.Column(
            "digest", sa.LargeBinary(), primary_key=True, comment="keyed digest of user and code; gone once used"
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_staff_recovery_codes_user_id", "staff_recovery_codes", ["user_id"])
    op.create_table(
        "staff_invitations",
        sa.Column("digest", sa.LargeBinary(), primary_key=True, comment="SHA-256 of the token, which is not kept"),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), comment="null: of somebody who is there already"),
        sa.Column("drops_second_factor", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; exclusive"),
    )
    op.create_index("ix_staff_invitations_email", "staff_invitations", ["email"])
    op.create_table(
        "staff_sessions",
        sa.Column("digest", sa.LargeBinary(), primary_key=True, comment="SHA-256 of the token, which is not kept"),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; up to five minutes behind"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, comment="microseconds UTC; exclusive"),
    )
    op.create_index("ix_staff_sessions_user_id", "staff_sessions", ["user_id"])
    op.create_index("ix_staff_sessions_expires_at", "staff_sessions", ["expires_at"])
    op.create_table(
        "audit_log",
        sa.Column("entry", _Address, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("user_id", sa.BigInteger(), comment="of the staff"),
        sa.Column("key", sa.Text(), comment="of the API, where no user asked"),
        sa.Column("action", sa.Text(), nullable=False, comment="the operation's id"),
        sa.Column("place", sa.Text(), nullable=False, comment="what it is about, without what names a customer"),
        sa.Column("status", sa.Integer(), comment="of the answer; null until it is known"),
    )
