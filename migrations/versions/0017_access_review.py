"""access review

The list of what keeps people in classes, and what a staged row leaves out or may stand for.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ENTRY = ("building", "parent", "person", "label", "state")
SEEN = ("first_day", "last_day", "decided_by")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "access_review",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        _text("topic"),
        _text("kind"),
        _text("sis_id"),
        *(_text(name) for name in ENTRY),
        sa.Column("days", sa.Integer(), nullable=False),
        *(_text(name) for name in SEEN),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False, server_default=""),
        sa.Column("reason_values", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"]),
        sa.PrimaryKeyConstraint("installation_id", "topic", "kind", "sis_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("staged") as table:
        table.add_column(sa.Column("hides", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("kept_fields", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("staged") as table:
        table.drop_column("kept_fields")
        table.drop_column("hides")
    op.drop_table("access_review")
