"""time zones of sessions

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


COLUMNS = ("time_zone", "opened_from")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("launch_session", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("launch_session", name)
