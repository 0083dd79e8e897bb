"""contacts of districts

Revision ID: 0032
Revises: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("installation") as batch:
        batch.add_column(sa.Column("contact", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("installation") as batch:
        batch.drop_column("contact")
