"""allowed hosts

What the people who host the app allow one installation to connect to. SIS addresses over plain http that are
stored already go on for 30 days.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CONNECTION = sa.table(
    "sis_connection",
    sa.column("installation_id", sa.Integer()),
    sa.column("settings", sa.JSON()),
    sa.column("allowed_hosts", sa.JSON()),
)


def upgrade() -> None:
    op.add_column(
        "sis_connection", sa.Column("allowed_hosts", sa.JSON(), nullable=False, server_default="{}")
    )
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    found = op.get_bind().execute(sa.select(CONNECTION.c.installation_id, CONNECTION.c.settings)).all()
    for installation_id, settings in found:
        known = json.loads(settings) if isinstance(settings, str) else settings or {}
        hosts = {
            urlsplit(value).hostname
            for value in known.values()
            if isinstance(value, str) and value.lower().startswith("http://")
        }
        if hosts:
            op.execute(
                CONNECTION.update()
                .where(CONNECTION.c.installation_id == installation_id)
                .values(allowed_hosts={host: {"private": False, "http": until} for host in hosts if host})
            )


def downgrade() -> None:
    op.drop_column("sis_connection", "allowed_hosts")
