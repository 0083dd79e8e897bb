"""readings and choices

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("score_state") as batch_op:
        batch_op.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("unchecked", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("installation") as batch_op:
        batch_op.add_column(sa.Column("zone_chosen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE installation SET zone_chosen = (1 = 1) WHERE EXISTS "
        "(SELECT 1 FROM audit WHERE audit.installation_id = installation.id AND audit.what = 'Time zone')"
    )
    with op.batch_alter_table("staged", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("record", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("item_state") as batch_op:
        batch_op.add_column(sa.Column("seen", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("sweep") as batch_op:
        batch_op.add_column(sa.Column("unread", sa.Integer(), nullable=False, server_default="0"))
    _closed_days(lambda known: dict.fromkeys(known, date.today().isoformat()))
    # Its shape changed; it tells only of the last ten minutes.
    op.execute("UPDATE live_section SET cleared = '[]'")


def _closed_days(change: Callable[[Any], Any]) -> None:
    """Days without class were a list; by now each has the day on which it was learned."""
    rows = sa.table(
        "section_settings",
        sa.column("installation_id"),
        sa.column("section_id"),
        sa.column("learned", sa.JSON()),
    )
    session = op.get_bind()
    for mine, section_id, learned in session.execute(sa.select(*rows.c)).all():
        if not learned.get("closed_days"):
            continue
        session.execute(
            sa.update(rows)
            .where(rows.c.installation_id == mine, rows.c.section_id == section_id)
            .values(learned={**learned, "closed_days": change(learned["closed_days"])})
        )


def downgrade() -> None:
    _closed_days(sorted)
    op.execute("UPDATE live_section SET cleared = '[]'")
    with op.batch_alter_table("sweep") as batch_op:
        batch_op.drop_column("unread")
    with op.batch_alter_table("installation") as batch_op:
        batch_op.drop_column("zone_chosen")
    with op.batch_alter_table("staged", recreate="never") as batch_op:
        batch_op.drop_column("record")
    with op.batch_alter_table("item_state") as batch_op:
        batch_op.drop_column("seen")
    with op.batch_alter_table("score_state") as batch_op:
        batch_op.drop_column("unchecked")
        batch_op.drop_column("kept")
