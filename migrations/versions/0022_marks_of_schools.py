"""marks of schools

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE, AFTER = '"alpha_marks":', '"marks":'
"""How stored settings of gradebooks name the marks of a school."""


def upgrade() -> None:
    _rename(BEFORE, AFTER)


def downgrade() -> None:
    _rename(AFTER, BEFORE)


def _rename(before: str, after: str) -> None:
    changed = "REPLACE(CAST(settings AS TEXT), :before, :after)"
    if op.get_bind().dialect.name == "postgresql":
        changed = f"CAST({changed} AS JSON)"
    op.execute(
        sa.text(f"UPDATE section_settings SET settings = {changed}").bindparams(before=before, after=after)
    )
