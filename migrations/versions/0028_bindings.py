"""bindings

What binds a login to the browser that began it.

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("launch_state", sa.Column("binding_hash", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("launch_state", "binding_hash")
