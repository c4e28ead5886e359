"""Who is who by rules: links with what became of them, identifiers in other hands, decisions of staff.

The map is folded from the log again, by the rules; nothing that was linked before changes hands by that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO member_changes (subject, customer, position)"
        " SELECT subject, subject, 0 FROM members WHERE subject <> customer"
    )
    op.execute(
        "INSERT INTO cursors (name, position) SELECT 'identity.reached', position FROM cursors WHERE name = 'identity'"
    )
    op.execute("UPDATE cursors SET position = 0 WHERE name = 'identity'")
    op.drop_index("members_customer", table_name="members")
    op.drop_table("members")
    op.create_table(
        "members",
        sa.Column("subject", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of the identifier"),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index("members_customer", "members", ["customer"], unique=False)
    op.create_table(
        "identity_edges",
        sa.Column(
            "one", sa.BigInteger(), autoincrement=False, nullable=False, comment="the strongest subject of the fact"
        ),
        sa.Column("other", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the first fact with both"),
        sa.Column("place", sa.Integer(), nullable=False, comment="among the subjects of that fact"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("one", "other"),
        sqlite_with_rowid=False,
    )
    op.create_index("identity_edges_other", "identity_edges", ["other"], unique=False)
    op.create_table(
        "identity_hands",
        sa.Column("former", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False, comment="the identifier's subject from then on"),
        sa.Column("holder", sa.BigInteger(), nullable=False, comment="the subject whose customer it went to"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="the fact"),
        sa.Column("hands", sa.Integer(), nullable=False, comment="how often the identifier has changed hands"),
        sa.PrimaryKeyConstraint("former"),
        sa.UniqueConstraint("subject"),
    )
    op.create_table(
        "identity_decisions",
        sa.Column("decision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("one", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("one_kind", sa.Text(), nullable=False),
        sa.Column("other_kind", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="how far the log was read"),
        sa.Column("decided_at", sa.BigInteger(), nullable=False, comment="microseconds UTC"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("decision"),
    )
    op.create_index("ix_identity_decisions_one", "identity_decisions", ["one"], unique=False)
    op.create_index("ix_identity_decisions_other", "identity_decisions", ["other"], unique=False)
