"""deleted links

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DELETED_LINKS = "state IN ('missing', 'ignored')"


def upgrade() -> None:
    op.create_index(
        "ix_link_deleted",
        "link",
        ["installation_id"],
        sqlite_where=sa.text(DELETED_LINKS),
        postgresql_where=sa.text(DELETED_LINKS),
    )


def downgrade() -> None:
    op.drop_index("ix_link_deleted", table_name="link")
