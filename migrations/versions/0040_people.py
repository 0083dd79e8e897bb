"""people

Legal holds, and marks of people who were erased.

Revision ID: 0040
Revises: 0039
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_hold",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name="fk_person_hold_installation_id_installation"
        ),
        sa.PrimaryKeyConstraint("installation_id", "key", name="pk_person_hold"),
    )
    op.create_table(
        "erased_person",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name="fk_erased_person_installation_id_installation"
        ),
        sa.PrimaryKeyConstraint("installation_id", "mark", name="pk_erased_person"),
    )
    op.add_column("installation", sa.Column("person_key", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("installation", "person_key")
    op.drop_table("erased_person")
    op.drop_table("person_hold")
