"""reasons as codes

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("change", "staged", "prep_row", "run", "item_state", "score_state")
INDEX = "ix_change_run_id_reason_code"
SAID = sa.text("reason_code != ''")
KNOWN = {
    "Skipped: this record was synced individually during this run.": "synced_individually",
    "Interrupted: the record was read anew.": "interrupted_read_again",
    "Data Prep found it in Schoology already: confirm the pair on Data Prep first.": "prep_paired",
    "Data Prep found something like it in Schoology: decide on Data Prep first.": "prep_ambiguous",
    "Data Prep found that another record of the SIS claims the same in Schoology: decide on Data Prep "
    "first.": "prep_conflict",
    "Another record of the SIS with the same unique id has this account.": "prep_key_taken",
    "Perhaps a second account of somebody who has another one here. A sync leaves it as it is.": "prep_twin",
    "The SIS took this score without a word and does not have it. Retry; if it stays so, tell your "
    "administrator.": "score_not_kept",
}
"""Texts by which the app knew a reason again → their codes. Every other text becomes `other`."""


def upgrade() -> None:
    made, _ = _json()
    for table in TABLES:
        op.add_column(table, sa.Column("reason_code", sa.String(), nullable=False, server_default=""))
        op.add_column(table, sa.Column("reason_values", sa.Text(), nullable=False, server_default=""))
        for text, code in KNOWN.items():
            _run(f"UPDATE \"{table}\" SET reason_code = :code WHERE reason = :text", code=code, text=text)
        _run(f"UPDATE \"{table}\" SET reason_code = 'other', reason_values = {made} "
             "WHERE reason != '' AND reason_code = ''")
        op.drop_column(table, "reason")
    op.create_index(INDEX, "change", ["run_id", "reason_code"], sqlite_where=SAID, postgresql_where=SAID)


def downgrade() -> None:
    """What has a code of its own is told by its code: the sentences are the newer version's."""
    _, text_of = _json()
    op.drop_index(INDEX, table_name="change")
    for table in TABLES:
        op.add_column(table, sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        for text, code in KNOWN.items():
            _run(f"UPDATE \"{table}\" SET reason = :text WHERE reason_code = :code", code=code, text=text)
        _run(f"UPDATE \"{table}\" SET reason = {text_of} WHERE reason_code = 'other'")
        _run(f"UPDATE \"{table}\" SET reason = replace(reason_code, '_', ' ') "
             "WHERE reason_code != '' AND reason = ''")
        op.drop_column(table, "reason_values")
        op.drop_column(table, "reason_code")


def _json() -> tuple[str, str]:
    """SQL that makes the values of a text, and that takes the text out of them."""
    if op.get_bind().dialect.name == "postgresql":
        return "CAST(json_build_object('text', reason) AS TEXT)", "CAST(reason_values AS JSON) ->> 'text'"
    return "json_object('text', reason)", "json_extract(reason_values, '$.text')"


def _run(statement: str, **values: str) -> None:
    op.execute(sa.text(statement).bindparams(**values))
