"""readers

Who may look at the admin app, and the launch that the Acting User is bound to.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "reader",
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        _moment("confirmed_at"),
        _moment("asked_at"),
        sa.Column("answered", sa.Boolean(), nullable=False),
        _moment("allowed_at"),
        sa.Column("allowed_by", sa.String(), nullable=False),
        _moment("seen_at", nullable=False),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"]),
        sa.PrimaryKeyConstraint("installation_id", "subject"),
    )
    op.add_column("acting_user", sa.Column("subject", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_audit_installation_id", "audit")
    op.create_index("ix_audit_installation_id_at", "audit", ["installation_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_audit_installation_id_at", "audit")
    op.create_index("ix_audit_installation_id", "audit", ["installation_id"])
    op.drop_column("acting_user", "subject")
    op.drop_table("reader")
