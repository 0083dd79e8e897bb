"""pauses and retention

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as batch_op:
        batch_op.add_column(sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("pauses", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("sync_options") as batch_op:
        batch_op.add_column(sa.Column("retention", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("change") as batch_op:
        batch_op.create_index(
            "ix_change_sent",
            ["installation_id", "run_id", "seq"],
            sqlite_where=sa.text("state = 'sent'"),
            postgresql_where=sa.text("state = 'sent'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("change") as batch_op:
        batch_op.drop_index("ix_change_sent")
    with op.batch_alter_table("sync_options") as batch_op:
        batch_op.drop_column("retention")
    with op.batch_alter_table("job") as batch_op:
        batch_op.drop_column("pauses")
        batch_op.drop_column("resume_at")
