"""birth marks

A keyed hash of name and birth date, by which a person is recognized under a new id; empty until the SIS tells
birth dates.

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

TABLES = ("link", "staged")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("birth_mark", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "birth_mark")
