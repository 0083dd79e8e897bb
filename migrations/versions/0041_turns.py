"""turns

When an installation was last worked for, found without reading all of its jobs.

Revision ID: 0041
Revises: 0040
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None
NAME = "ix_job_installation_id_heartbeat_at"


def upgrade() -> None:
    op.create_index(NAME, "job", ["installation_id", "heartbeat_at"])


def downgrade() -> None:
    op.drop_index(NAME, "job")
