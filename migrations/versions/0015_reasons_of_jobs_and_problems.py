"""reasons of jobs and problems

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMNS = (
    ("job", "message"),
    ("section_settings", "problem"),
    ("live_section", "why"),
    ("live_sync", "problem"),
    ("acting_user", "problem"),
    ("alert", "text"),
)
"""What was a text and is a reason as JSON now: {"code": …, "values": …}."""


def upgrade() -> None:
    for table, column in COLUMNS:
        _run(f'UPDATE "{table}" SET "{column}" = {_made(column)} WHERE "{column}" != \'\'')
    _type("acting_user", sa.Text(), sa.String())


def downgrade() -> None:
    """What has a code of its own is told by its code: the sentences are the newer version's."""
    for table, column in COLUMNS:
        _run(f'UPDATE "{table}" SET "{column}" = {_text_of(column)} WHERE "{column}" != \'\'')
    _type("acting_user", sa.String(), sa.Text())


def _type(table: str, wanted: sa.types.TypeEngine, before: sa.types.TypeEngine) -> None:
    with op.batch_alter_table(table) as batch:
        batch.alter_column("problem", type_=wanted, existing_type=before, existing_nullable=False)


def _made(column: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        inside = f"json_build_object('text', \"{column}\")"
        return f"CAST(json_build_object('code', 'other', 'values', {inside}) AS TEXT)"
    return f"json_object('code', 'other', 'values', json_object('text', \"{column}\"))"


def _text_of(column: str) -> str:
    """The text of an old reason, or the words of the code of a new one."""
    if op.get_bind().dialect.name == "postgresql":
        whole = f'CAST("{column}" AS JSON)'
        text, code = f"{whole} #>> '{{values,text}}'", f"{whole} ->> 'code'"
    else:
        text, code = f"json_extract(\"{column}\", '$.values.text')", f"json_extract(\"{column}\", '$.code')"
    return f"coalesce({text}, replace({code}, '_', ' '))"


def _run(statement: str) -> None:
    op.execute(sa.text(statement.replace(":", r"\:")) if ":" in statement else sa.text(statement))
