"""effects

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("section_settings", sa.Column("excused", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("section_settings", sa.Column("effects", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("item_state", sa.Column("choices", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("item_state", "choices")
    op.drop_column("section_settings", "effects")
    op.drop_column("section_settings", "excused")
