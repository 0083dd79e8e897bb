"""let go links

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

CONDITION = sa.text("state IN ('released', 'released_by_hand')")


def upgrade() -> None:
    op.create_index(
        "ix_link_let_go",
        "link",
        ["installation_id", "kind"],
        sqlite_where=CONDITION,
        postgresql_where=CONDITION,
    )


def downgrade() -> None:
    op.execute("UPDATE link SET state = 'released' WHERE state = 'released_by_hand'")
    op.drop_index("ix_link_let_go", table_name="link")
