"""Endpoints of webhooks and audiences, what the other side answered, and from which fact on a document speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "endpoints",
        sa.Column("kind", sa.Text(), nullable=False, comment="webhook or audience"),
        sa.Column("name", sa.Text(), nullable=False, comment="of the document"),
        sa.Column("secret", sa.LargeBinary(), comment="sealed with the key of nobody"),
        sa.Column("former_secret", sa.LargeBinary(), comment="sealed; signs beside the new one for a while"),
        sa.Column("former_until", sa.BigInteger(), comment="microseconds UTC; exclusive"),
        sa.Column("stopped_version", sa.Integer(), comment="the document's version that the other side wants no more"),
        sa.Column("stopped_at", sa.BigInteger(), comment="microseconds UTC"),
        sa.Column(
            "resumed_after", sa.BigInteger(), comment="the log's end when it was resumed: nothing earlier is told"
        ),
        sa.PrimaryKeyConstraint("kind", "name"),
    )
    op.add_column(
        "outbox",
        sa.Column("answer", sa.LargeBinary(), comment="what the other side said last, sealed by whoever sends"),
    )
    op.drop_index("outbox_due", "outbox")
    op.create_index("outbox_due", "outbox", ["kind", "state", "due_at"])
    op.add_column(
        "documents",
        sa.Column(
            "position", sa.BigInteger(), comment="the log's end when it was applied; null: before this was noted"
        ),
    )
