"""time zones of sessions

Revision ID: 0036
Revises: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("launch_session", sa.Column("time_zone", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("launch_session", "time_zone")
