"""connections of any sis

The four columns of the one SIS become settings and one sealed JSON object, whatever the SIS. Passwords are
opened and sealed again, so LTI_APP_SECRET_KEYS must hold the key that they were sealed with.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PLAIN = ("domain", "site_code", "login_name")
NOTHING = sa.text("'{}'")
NONE = sa.text("'[]'")


def _vault() -> Any:
    return current_app.extensions["wiring"].vault


def _table(*columns: sa.Column[Any]) -> sa.TableClause:
    return sa.table("sis_connection", sa.column("installation_id", sa.Integer), *columns)


OLD = (*(sa.column(each, sa.String) for each in PLAIN), sa.column("password", sa.Text))
NEW = (
    sa.column("settings", sa.JSON),
    sa.column("secrets", sa.Text),
    sa.column("secret_names", sa.JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("sis_connection") as table:
        table.add_column(sa.Column("settings", sa.JSON(), nullable=False, server_default=NOTHING))
        table.add_column(sa.Column("secrets", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("secret_names", sa.JSON(), nullable=False, server_default=NONE))
        table.add_column(sa.Column("gradebook_problem", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("move", sa.JSON(), nullable=False, server_default=NOTHING))
    both = _table(*OLD, *NEW)
    for row in op.get_bind().execute(sa.select(both)).all():
        values: dict[str, Any] = {"settings": {each: getattr(row, each) for each in PLAIN}}
        if row.password:
            secret = {"password": _vault().open(row.password)}
            values |= {"secrets": _vault().seal(json.dumps(secret)), "secret_names": ["password"]}
        op.execute(both.update().where(both.c.installation_id == row.installation_id).values(**values))
    with op.batch_alter_table("sis_connection") as table:
        for name in (*PLAIN, "password"):
            table.drop_column(name)


def downgrade() -> None:
    """What another SIS needs has no column there: its settings are lost, and are entered again."""
    with op.batch_alter_table("sis_connection") as table:
        for name in PLAIN:
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("password", sa.Text(), nullable=False, server_default=""))
    both = _table(*OLD, *NEW)
    for row in op.get_bind().execute(sa.select(both)).all():
        values = {each: row.settings.get(each, "") for each in PLAIN}
        if row.secrets:
            password = json.loads(_vault().open(row.secrets)).get("password", "")
            values["password"] = _vault().seal(password) if password else ""
        op.execute(both.update().where(both.c.installation_id == row.installation_id).values(**values))
    with op.batch_alter_table("sis_connection") as table:
        for name in ("move", "gradebook_problem", "secret_names", "secrets", "settings"):
            table.drop_column(name)
