"""alerts

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_began", sa.Boolean(), nullable=False),
        sa.Column("told_ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_alert_installation_id_installation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_installation_id_ended_at", "alert", ["installation_id", "ended_at"])
    with op.batch_alter_table("sync_options") as batch_op:
        batch_op.add_column(sa.Column("mail_to", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("daily_summary", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("summary_sent", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sync_options") as batch_op:
        batch_op.drop_column("summary_sent")
        batch_op.drop_column("daily_summary")
        batch_op.drop_column("mail_to")
    op.drop_index("ix_alert_installation_id_ended_at", table_name="alert")
    op.drop_table("alert")
