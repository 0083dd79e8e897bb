"""one road

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("section_settings") as table:
        table.add_column(sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("account_zone", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "kept_score",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("installation_id", sa.Integer(), sa.ForeignKey("installation.id"), nullable=False),
        sa.Column("section_id", sa.String(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_by", sa.String(), nullable=False, server_default=""),
    )
    op.create_index("ix_kept_score_section", "kept_score", ["installation_id", "section_id", "kept_at"])
    op.create_index("ix_kept_score_kept_at", "kept_score", ["installation_id", "kept_at"])
    op.create_table(
        "grade_wish",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("installation_id", sa.Integer(), sa.ForeignKey("installation.id"), nullable=False),
        sa.Column("section_id", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_by_uid", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_grade_wish_section", "grade_wish", ["installation_id", "section_id"])
    op.execute(
        "INSERT INTO kept_score (installation_id, section_id, session, item_id, title, student_id, before,"
        " after, kept_at, done, restored_by) SELECT i.installation_id, i.section_id, i.session, i.item_id,"
        " i.title, s.student_id, s.replaced, s.pushed, s.replaced_at, (1 = 1), '' FROM score_state s"
        " JOIN item_state i ON i.id = s.item_state_id"
        " WHERE s.replaced IS NOT NULL AND s.replaced_at IS NOT NULL"
    )
    with op.batch_alter_table("score_state") as table:
        table.drop_column("replaced")
        table.drop_column("replaced_at")
        table.add_column(sa.Column("agreed_for", sa.Text(), nullable=True))
        table.add_column(sa.Column("intent", sa.Text(), nullable=True))
        table.add_column(sa.Column("seat", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("loss", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("live_section") as table:
        table.drop_column("cleared")
    with op.batch_alter_table("sync_options") as table:
        table.add_column(sa.Column("digest_sent", sa.String(), nullable=False, server_default=""))
    # What these were asked to put back is in another table by now: pressing again asks for it there.
    op.execute(
        "UPDATE job SET state = 'cancelled', message = 'Canceled by an upgrade of the app. Press Put back again.'"
        " WHERE lane = 'grades' AND state = 'queued' AND CAST(params AS TEXT) LIKE '%\"put_back%'"
    )
    _keep_their_policy()


def _keep_their_policy() -> None:
    """Districts that exist keep what they had by default: Schoology's score wins. New ones are asked."""
    values = ("brakes", "provisioning", "grades", "schoology_lists")
    options = sa.table(
        "sync_options",
        *(sa.column(each) for each in ("installation_id", "mode", "window", "live_grades", "next_due_why")),
        *(sa.column(each, sa.JSON()) for each in values),
    )
    sections = sa.table("section_settings", sa.column("installation_id"))
    bind = op.get_bind()
    chosen = sa.select(options.c.installation_id)
    blank = {"mode": "manual", "window": 0, "live_grades": False, "next_due_why": ""}
    for (mine,) in bind.execute(
        sa.select(sections.c.installation_id).where(sections.c.installation_id.not_in(chosen)).distinct()
    ).all():
        bind.execute(
            sa.insert(options).values(installation_id=mine, **blank, **dict.fromkeys(values, {}))
        )
    for mine, stored in bind.execute(sa.select(options.c.installation_id, options.c.grades)).all():
        kept: dict[str, Any] = {"ask": False, "digest": "off", **(stored or {})}
        bind.execute(sa.update(options).where(options.c.installation_id == mine).values(grades=kept))


def downgrade() -> None:
    with op.batch_alter_table("sync_options") as table:
        table.drop_column("digest_sent")
    with op.batch_alter_table("live_section") as table:
        table.add_column(sa.Column("cleared", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    with op.batch_alter_table("score_state") as table:
        table.add_column(sa.Column("replaced", sa.Text(), nullable=True))
        table.add_column(sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_column("loss")
        table.drop_column("seat")
        table.drop_column("intent")
        table.drop_column("agreed_for")
    op.drop_table("grade_wish")
    op.drop_table("kept_score")
    with op.batch_alter_table("section_settings") as table:
        table.drop_column("account_zone")
        table.drop_column("generation")
