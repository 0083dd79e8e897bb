"""kept and unread

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("score_state") as batch_op:
        batch_op.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sweep") as batch_op:
        batch_op.add_column(sa.Column("unread", sa.Integer(), nullable=False, server_default="0"))
    # Its shape changed; it tells only of the last ten minutes.
    op.execute("UPDATE live_section SET cleared = '[]'")


def downgrade() -> None:
    op.execute("UPDATE live_section SET cleared = '[]'")
    with op.batch_alter_table("sweep") as batch_op:
        batch_op.drop_column("unread")
    with op.batch_alter_table("score_state") as batch_op:
        batch_op.drop_column("kept")
