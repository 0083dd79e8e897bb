"""runs by what

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_run_installation_id_what", "run", ["installation_id", "what", "finished_at"])


def downgrade() -> None:
    op.drop_index("ix_run_installation_id_what", table_name="run")
