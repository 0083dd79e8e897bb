"""lines of data prep files

A checked file of pairs is kept line by line, with its numbers beside it. Files that wait move along.

Revision ID: 0042
Revises: 0041
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None
COUNTS = ("accepts", "pairs", "parts", "problems", "refused", "to_check")
COUNTED = {"accept": "accepts", "pair": "pairs", "part": "parts", "problem": "problems"}
CHANGES = ("accept", "pair", "part")
NOT_CHECKED = "This file wasn’t checked yet. Upload it again."
"""A large file waits for a job to check it; the former release checks every file while it is uploaded."""


def upgrade() -> None:
    made = op.create_table(
        "prep_line",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("schoology_id", sa.String(), nullable=False),
        sa.Column("sis_id", sa.String(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f("fk_prep_line_installation_id_installation")
        ),
        sa.PrimaryKeyConstraint("installation_id", "kind", "verb", "line", name=op.f("pk_prep_line")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("prep_upload") as batch_op:
        for name in COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("first_refused", sa.Text(), nullable=False, server_default=""))
    uploads = _uploads()
    for row in op.get_bind().execute(sa.select(uploads)).mappings().all():
        lines = _lines(row)
        if lines:
            op.bulk_insert(made, lines)
        counts = Counter(COUNTED[each["verb"]] for each in lines)
        if counts:
            op.execute(uploads.update().where(*_is(uploads, row)).values(**counts))
    with op.batch_alter_table("prep_upload") as batch_op:
        batch_op.drop_column("changes")
        batch_op.drop_column("errors")


def _lines(row: Any) -> list[dict[str, Any]]:
    """The lines of a file as rows; those that change something have lost their numbers."""
    owner = {"installation_id": row["installation_id"], "kind": row["kind"]}
    bad = {int(line): str(words) for line, words in row["errors"]}
    first = max(bad, default=1) + 1
    good = enumerate(row["changes"], start=first)
    return [
        *(
            {**owner, "line": line, "verb": "problem", "schoology_id": "", "sis_id": "", "problem": words}
            for line, words in bad.items()
        ),
        *(
            {**owner, "line": line, "verb": verb, "schoology_id": uid, "sis_id": sis_id, "problem": ""}
            for line, (verb, uid, sis_id) in good
        ),
    ]


def downgrade() -> None:
    with op.batch_alter_table("prep_upload") as batch_op:
        batch_op.add_column(sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("errors", sa.JSON(), nullable=False, server_default="[]"))
    uploads, lines = _uploads(), sa.table("prep_line", *(sa.column(name) for name in LINE))
    for row in op.get_bind().execute(sa.select(uploads)).mappings().all():
        mine = op.get_bind().execute(sa.select(lines).where(*_is(lines, row)).order_by(lines.c.line)).all()
        values = {
            "changes": [[e.verb, e.schoology_id, e.sis_id] for e in mine if e.verb in CHANGES],
            "errors": [[each.line, each.problem] for each in mine if each.verb == "problem"],
        }
        if any(each.verb == "raw" for each in mine):
            values = {"changes": [], "errors": [[1, NOT_CHECKED]]}
        op.execute(uploads.update().where(*_is(uploads, row)).values(**values))
    with op.batch_alter_table("prep_upload") as batch_op:
        batch_op.alter_column("changes", server_default=None)
        batch_op.alter_column("errors", server_default=None)
        for name in (*COUNTS, "first_refused"):
            batch_op.drop_column(name)
    op.drop_table("prep_line")


LINE = ("installation_id", "kind", "line", "verb", "schoology_id", "sis_id", "problem")


def _is(table: Any, row: Any) -> tuple[Any, Any]:
    return table.c.installation_id == row["installation_id"], table.c.kind == row["kind"]


def _uploads() -> Any:
    return sa.table(
        "prep_upload",
        sa.column("installation_id", sa.Integer()),
        sa.column("kind", sa.String()),
        sa.column("changes", sa.JSON()),
        sa.column("errors", sa.JSON()),
        *(sa.column(name, sa.Integer()) for name in COUNTS[:4]),
    )
