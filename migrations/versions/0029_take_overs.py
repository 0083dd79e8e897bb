"""take overs

How often in a row the worker of a job was lost at the same place.

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.add_column(sa.Column("take_overs", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("lost_at", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("job") as table:
        table.drop_column("lost_at")
        table.drop_column("take_overs")
