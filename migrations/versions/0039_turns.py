"""turns

When an installation was last worked for, found without reading all of its jobs.

Revision ID: 0039
Revises: 0038
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None
NAME = "ix_job_installation_id_heartbeat_at"


def upgrade() -> None:
    op.create_index(NAME, "job", ["installation_id", "heartbeat_at"])


def downgrade() -> None:
    op.drop_index(NAME, "job")
