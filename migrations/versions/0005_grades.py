"""grades

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def word(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def json(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(), nullable=False, server_default="{}")


def flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def columns() -> dict[str, list[sa.Column]]:
    return {
        "acting_user": [word("time_zone")],
        "sis_connection": [
            sa.Column("grades_confirmed_at", MOMENT, nullable=True),
            word("grades_confirmed_by"),
        ],
        "sync_options": [json("grades")],
        "section_settings": [
            json("snapshot"),
            json("learned"),
            json("trial"),
            json("agreement"),
            sa.Column("looked_at", MOMENT, nullable=True),
            text("problem"),
        ],
        "item_state": [
            flag("held"),
            flag("gone"),
            word("title"),
            number("place"),
            json("shown"),
            number("pending"),
        ],
        "score_state": [
            flag("known"),
            text("wanted"),
            text("offered"),
            sa.Column("agreed", sa.Text(), nullable=True),
            sa.Column("replaced", sa.Text(), nullable=True),
            sa.Column("replaced_at", MOMENT, nullable=True),
        ],
    }


def upgrade() -> None:
    for table, added in columns().items():
        with op.batch_alter_table(table) as batch_op:
            for column in added:
                batch_op.add_column(column)


def downgrade() -> None:
    for table, added in columns().items():
        with op.batch_alter_table(table) as batch_op:
            for column in added:
                batch_op.drop_column(column.name)
