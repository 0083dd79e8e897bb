"""rows that hide

Further rows with one id are kept until they are compared, and rows that hide others are found by an index.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

HIDING = sa.text("hides != ''")


def upgrade() -> None:
    with op.batch_alter_table("staged") as table:
        table.add_column(sa.Column("twins", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "ix_staged_hiding", "staged", ["run_id", "kind"], sqlite_where=HIDING, postgresql_where=HIDING
    )


def downgrade() -> None:
    op.drop_index("ix_staged_hiding", "staged")
    with op.batch_alter_table("staged") as table:
        table.drop_column("twins")
