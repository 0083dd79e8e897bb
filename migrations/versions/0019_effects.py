"""effects

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
    with op.batch_alter_table("section_settings") as table:
        table.add_column(sa.Column("excused", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("effects", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("item_state") as table:
        table.add_column(sa.Column("choices", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("item_state") as table:
        table.drop_column("choices")
    with op.batch_alter_table("section_settings") as table:
        table.drop_column("effects")
        table.drop_column("excused")
