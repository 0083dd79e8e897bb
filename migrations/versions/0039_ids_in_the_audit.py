"""ids in the audit

Lines of the audit hold ids in place of names. Older lines lose the names that they held: what they were
about can't always be told anymore.

Revision ID: 0039
Revises: 0038
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

AUDIT = sa.table("audit", *(sa.column(name) for name in ("id", "uid", "name", "what", "old", "new")))
ALL_OF_THEM = "Access to review: people who left the SIS"
NAMED = re.compile(r".* \((\d+)\)", re.DOTALL)
"""A person and their uid, as the lines about the Acting User had them."""


def upgrade() -> None:
    with op.batch_alter_table("audit") as batch:
        batch.add_column(sa.Column("kind", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("sis_id", sa.String(), nullable=False, server_default=""))
    what = AUDIT.c.what
    for condition, values in (
        (AUDIT.c.uid != "", {"name": ""}),
        (what.like("Access to review: %") & (what != ALL_OF_THEM), {"what": "Access to review"}),
        (what == "Installation claimed", {"new": "claimed"}),
        (what == "Email recipients", {"old": "not kept", "new": "changed"}),
    ):
        op.execute(AUDIT.update().where(condition).values(values))
    connection = op.get_bind()
    lines = sa.select(AUDIT.c.id, AUDIT.c.old, AUDIT.c.new).where(what == "Acting User")
    for line, *both in connection.execute(lines).all():
        old, new = (NAMED.sub(r"Schoology user \1", each) for each in both)
        connection.execute(AUDIT.update().where(AUDIT.c.id == line).values(old=old, new=new))


def downgrade() -> None:
    with op.batch_alter_table("audit") as batch:
        batch.drop_column("sis_id")
        batch.drop_column("kind")
