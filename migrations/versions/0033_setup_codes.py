"""setup codes

When a setup code was made; those that exist are as old as this upgrade.

Revision ID: 0033
Revises: 0032
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("installation", sa.Column("setup_code_at", sa.DateTime(timezone=True), nullable=True))
    rows = sa.table("installation", sa.column("setup_code_at", sa.DateTime(timezone=True)))
    op.execute(rows.update().values(setup_code_at=datetime.now(UTC)))


def downgrade() -> None:
    op.drop_column("installation", "setup_code_at")
