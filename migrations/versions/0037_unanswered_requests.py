"""unanswered requests

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("unanswered_since", sa.DateTime(timezone=True)))
    op.add_column("job", sa.Column("unanswered_by", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("job", "unanswered_by")
    op.drop_column("job", "unanswered_since")
