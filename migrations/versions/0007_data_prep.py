"""data prep

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STANDING = "state IN ('proposed', 'accepted')"


def key(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def owner(name: str, table: str, of: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    constraint = sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_{of}_{name}_{table}"))
    return sa.Column(name, sa.Integer(), nullable=False), constraint


def upgrade() -> None:
    op.create_table(
        "prep_row",
        *owner("run_id", "run", "prep_row"),
        *(key(name) for name in ("kind", "side", "ident", "building", "parent", "person")),
        *(key(name) for name in ("natural_key", "label")),
        text("search"),
        sa.Column("facts", sa.JSON(), nullable=False),
        key("state"),
        text("reason"),
        key("status"),
        sa.PrimaryKeyConstraint("run_id", "kind", "side", "ident", name=op.f("pk_prep_row")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_prep_row_run_id_kind_status", "prep_row", ["run_id", "kind", "side", "status"])
    op.create_index("ix_prep_row_run_id_parent", "prep_row", ["run_id", "kind", "side", "parent"])
    op.create_table(
        "prep_key",
        *owner("run_id", "run", "prep_key"),
        *(key(name) for name in ("kind", "rule", "text", "side", "ident")),
        sa.PrimaryKeyConstraint(
            "run_id", "kind", "rule", "text", "side", "ident", name=op.f("pk_prep_key")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_prep_key_run_id_ident", "prep_key", ["run_id", "kind", "side", "ident"])
    op.create_table(
        "prep_pair",
        *owner("installation_id", "installation", "prep_pair"),
        *(key(name) for name in ("kind", "sis_id", "schoology_id", "rule", "state", "decided_by")),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint(
            "installation_id", "kind", "sis_id", "schoology_id", name=op.f("pk_prep_pair")
        ),
        sqlite_with_rowid=False,
    )
    for side in ("sis_id", "schoology_id"):
        op.create_index(
            f"uq_prep_pair_{side}",
            "prep_pair",
            ["installation_id", "kind", side],
            unique=True,
            sqlite_where=sa.text(STANDING),
            postgresql_where=sa.text(STANDING),
        )
    op.create_table(
        "prep_upload",
        *owner("installation_id", "installation", "prep_upload"),
        key("kind"),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        key("uploaded_by"),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "kind", name=op.f("pk_prep_upload")),
    )
    with op.batch_alter_table("sync_options") as batch_op:
        batch_op.add_column(sa.Column("prep", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("building") as batch_op:
        batch_op.add_column(
            sa.Column("drop_adopted", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("building") as batch_op:
        batch_op.drop_column("drop_adopted")
    with op.batch_alter_table("sync_options") as batch_op:
        batch_op.drop_column("prep")
    for table in ("prep_upload", "prep_pair", "prep_key", "prep_row"):
        op.drop_table(table)
