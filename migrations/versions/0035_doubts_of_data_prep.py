"""doubts of data prep

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

COLUMNS = ("doubt_code", "candidate")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("prep_row", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("prep_row", sa.Column("doubt_values", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in (*COLUMNS, "doubt_values"):
        op.drop_column("prep_row", name)
