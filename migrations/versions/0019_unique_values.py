"""unique values

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("change") as table:
        table.add_column(sa.Column("wave", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("known", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "refusal",
        sa.Column("installation_id", sa.Integer(), sa.ForeignKey("installation.id"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("sis_id", sa.String(), primary_key=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False, server_default=""),
        sa.Column("reason_values", sa.Text(), nullable=False, server_default=""),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("refusal")
    with op.batch_alter_table("change") as table:
        table.drop_column("known")
        table.drop_column("wave")
