"""waiting for administrators

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sis_connection", sa.Column("grades_doubt", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("sis_connection", "grades_doubt")
    op.drop_column("job", "parked_at")
