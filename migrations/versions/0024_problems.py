"""problems

Since when each record has had a problem, and which problems an administrator knows of.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "problem",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        *(_text(name) for name in ("kind", "sis_id", "code", "role", "person", "building")),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_run", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"]),
        sa.PrimaryKeyConstraint("installation_id", "kind", "sis_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "known_problem",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        _text("key"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _text("by"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"]),
        sa.PrimaryKeyConstraint("installation_id", "key"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("known_problem")
    op.drop_table("problem")
