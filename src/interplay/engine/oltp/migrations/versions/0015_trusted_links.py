"""Whether a link is by a sender who may say who is who. What was joined before was so by anybody's word, and stays."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_edges", sa.Column("is_trusted", sa.Integer(), comment="1: its sender may say who is who"))
    op.add_column(
        "members",
        sa.Column(
            "wallet", sa.BigInteger(), comment="the smallest of those that trusted senders and staff have tied to it"
        ),
    )
    op.add_column(
        "customer_sessions", sa.Column("is_claimed", sa.Integer(), comment="1: of a cookie that anybody may name")
    )
    op.execute("UPDATE identity_edges SET is_trusted = 1")
    op.execute("UPDATE members SET wallet = customer")
    op.execute("UPDATE customer_sessions SET is_claimed = 1 WHERE method = 'anonymous'")
