"""reasons of files

Problems of a file of matches are codes with values; texts of an older version are kept as *other*.

Revision ID: 0044
Revises: 0043
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

COLUMNS = (("prep_line", "problem"), ("prep_upload", "first_refused"))


def upgrade() -> None:
    """Few texts differ: each of them is replaced everywhere at once."""
    for table, column in COLUMNS:
        for text in _texts(table, column):
            _replace(table, column, text, _other(text))


def downgrade() -> None:
    """A sentence can't be made here: the code stands for it."""
    for table, column in COLUMNS:
        for text in _texts(table, column):
            kept = json.loads(text)
            _replace(table, column, text, str(kept["values"].get("text", kept["code"])))


def _texts(name: str, column: str) -> list[str]:
    table = sa.table(name, sa.column(column, sa.Text))
    here = table.c[column]
    return list(op.get_bind().scalars(sa.select(here).where(here != "").distinct()))


def _replace(name: str, column: str, old: str, new: str) -> None:
    table = sa.table(name, sa.column(column, sa.Text))
    op.execute(table.update().where(table.c[column] == old).values({column: new}))


def _other(text: str) -> str:
    kept = {"code": "other", "values": {"text": text}}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
