"""public keys

The public halves of our keys, which are served without opening the private ones.

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("public_jwk", "former_public_jwk"):
        op.add_column("platform", sa.Column(name, sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    for name in ("former_public_jwk", "public_jwk"):
        op.drop_column("platform", name)
