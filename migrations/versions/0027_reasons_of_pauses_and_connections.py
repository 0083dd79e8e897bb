"""reasons of pauses and connections

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

COLUMNS = (
    ("installation", "id", "paused_reason"),
    ("sync_options", "installation_id", "next_due_why"),
    ("sis_connection", "installation_id", "problem"),
    ("sis_connection", "installation_id", "gradebook_problem"),
)
"""What was a text and is a reason as JSON now: {"code": …, "values": …}. Every table has a row a district."""
HOST = "Syncs are paused by the people who host this app."
KNOWN = {
    "paused_restored": "The database was restored from a backup. Syncs are paused until the app finds the "
    "records it created since then. This happens automatically.",
    "paused_moving": "Syncs are paused because the connection to the student information system changed. Open "
    "“Change of SIS” on the Configuration tab, review what was found, and confirm it.",
    "paused_by_host": HOST,
}
"""Code → its text so far, of what the app has to recognize again."""


def upgrade() -> None:
    for table, key, column in COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, type_=sa.Text(), existing_type=sa.String(), existing_nullable=False)
        _change(table, key, column, _reason)


def downgrade() -> None:
    """What has a code without a text of its own is told by its code: the sentences are the newer version's."""
    for table, key, column in COLUMNS:
        _change(table, key, column, _text)
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, type_=sa.String(), existing_type=sa.Text(), existing_nullable=False)


def _change(table: str, key: str, column: str, made: Any) -> None:
    rows = sa.table(table, sa.column(key), sa.column(column))
    found = op.get_bind().execute(sa.select(rows.c[key], rows.c[column]).where(rows.c[column] != "")).all()
    for of, stored in found:
        op.execute(rows.update().where(rows.c[key] == of).values({column: made(stored)}))


def _reason(text: str) -> str:
    code = next((code for code, known in KNOWN.items() if text == known), "")
    values: dict[str, str] = {}
    if not code and text.startswith(HOST):
        code, values = "paused_by_host_because", {"words": text.removeprefix(HOST).strip()}
    if not code and text.startswith("Waiting: "):
        code = "due_waits"
        why: Any = {"code": "other", "values": {"text": text.removeprefix("Waiting: ")}}
        return _json(code, {"why": why})
    return _json(code, values) if code else _json("other", {"text": text})


def _text(stored: str) -> str:
    if not stored.startswith('{"code":'):
        return stored
    reason = json.loads(stored)
    code, values = reason["code"], reason.get("values") or {}
    if code == "paused_by_host_because":
        return f"{HOST} {values.get('words', '')}".strip()
    said = values.get("text") or values.get("words") or KNOWN.get(code)
    return str(said or code.replace("_", " "))


def _json(code: str, values: dict[str, Any]) -> str:
    """As lti_app.school.reasons writes it: equal reasons are equal texts."""
    return json.dumps(
        {"code": code, "values": values}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
