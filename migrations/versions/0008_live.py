"""live

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def word(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def json(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(), nullable=False)


def flag(name: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, **more)


def tenant(table: str) -> list[sa.SchemaItem]:
    """The installation's column with its key."""
    key = sa.ForeignKeyConstraint(
        ["installation_id"], ["installation.id"], name=op.f(f"fk_{table}_installation_id_installation")
    )
    return [number("installation_id"), key]


def upgrade() -> None:
    op.create_table(
        "live_sync",
        *tenant("live_sync"),
        text("secret"),
        word("secret_hash"),
        word("former_hash"),
        word("target_id"),
        json("leftovers"),
        number("since"),
        moment("turned_on_at"),
        moment("previewed_at"),
        moment("checked_at"),
        flag("confirmed"),
        text("problem"),
        moment("last_event_at"),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_live_sync")),
    )
    op.create_index("ix_live_sync_secret_hash", "live_sync", ["secret_hash"])
    op.create_index("ix_live_sync_former_hash", "live_sync", ["former_hash"])
    op.create_table(
        "live_section",
        *tenant("live_section"),
        word("section_id"),
        moment("last_event_at"),
        moment("active_at"),
        moment("pushed_at"),
        moment("compared_at"),
        moment("dealt_at"),
        flag("owed", server_default=sa.false()),
        text("why"),
        text("far"),
        flag("begun", server_default=sa.false()),
        json("backlog"),
        json("refused"),
        json("held"),
        json("spared"),
        json("cleared"),
        sa.PrimaryKeyConstraint("installation_id", "section_id", name=op.f("pk_live_section")),
    )
    op.create_table(
        "sweep",
        number("id"),
        *tenant("sweep"),
        flag("whole"),
        moment("started_at", nullable=False),
        moment("finished_at"),
        number("compared"),
        number("differed"),
        number("repaired"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
    )
    op.create_index("ix_sweep_installation_id_id", "sweep", ["installation_id", "id"])
    op.create_table(
        "removed_assignment",
        number("id"),
        *tenant("removed_assignment"),
        word("section_id"),
        word("section_key"),
        word("item_id"),
        text("title"),
        json("assignment"),
        json("scores"),
        moment("removed_at", nullable=False),
        flag("done"),
        moment("restored_at"),
        word("restored_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_assignment")),
    )
    op.create_index(
        "ix_removed_assignment_section", "removed_assignment", ["installation_id", "section_id", "removed_at"]
    )
    op.create_index(
        "ix_removed_assignment_removed_at", "removed_assignment", ["installation_id", "removed_at"]
    )
    new = sa.text("state = 'new'")
    op.create_index(
        "ix_event_new",
        "event",
        ["installation_id", "section_id"],
        sqlite_where=new,
        postgresql_where=new,
    )


def downgrade() -> None:
    op.drop_index("ix_event_new", table_name="event")
    for table in ("removed_assignment", "sweep", "live_section", "live_sync"):
        op.drop_table(table)
