"""ended sessions

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOTHING = sa.text("'{}'")


def upgrade() -> None:
    with op.batch_alter_table("launch_state") as table:
        table.add_column(sa.Column("login", sa.JSON(), nullable=False, server_default=NOTHING))
    with op.batch_alter_table("launch_session") as table:
        table.add_column(sa.Column("place", sa.JSON(), nullable=False, server_default=NOTHING))
        table.add_column(sa.Column("login_id", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("login", sa.JSON(), nullable=False, server_default=NOTHING))
        table.create_index("ix_launch_session_installation_id_subject", ["installation_id", "subject"])
        table.create_index("ix_launch_session_expires_at", ["expires_at"])
        table.create_index("ix_launch_session_login_id", ["login_id"])


def downgrade() -> None:
    with op.batch_alter_table("launch_session") as table:
        table.drop_index("ix_launch_session_login_id")
        table.drop_index("ix_launch_session_expires_at")
        table.drop_index("ix_launch_session_installation_id_subject")
        table.drop_column("login")
        table.drop_column("login_id")
        table.drop_column("place")
    with op.batch_alter_table("launch_state") as table:
        table.drop_column("login")
