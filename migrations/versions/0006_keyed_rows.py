"""keyed rows

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = ["run_id", "kind", "natural_key"]
KEYED = "natural_key != ''"


def upgrade() -> None:
    op.drop_index("ix_staged_run_id_kind_natural_key", table_name="staged")
    op.create_index(
        "ix_staged_keyed", "staged", COLUMNS, sqlite_where=sa.text(KEYED), postgresql_where=sa.text(KEYED)
    )


def downgrade() -> None:
    op.drop_index("ix_staged_keyed", table_name="staged")
    op.create_index("ix_staged_run_id_kind_natural_key", "staged", COLUMNS)
