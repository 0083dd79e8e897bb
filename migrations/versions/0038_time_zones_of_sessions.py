"""time zones of sessions

Revision ID: 0038
Revises: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


COLUMNS = ("time_zone", "opened_from")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("launch_session", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("launch_session", name)
