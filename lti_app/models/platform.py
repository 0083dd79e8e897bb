"""An LTI 1.3 platform: one issuer and client id, with its endpoints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import SEALED, Base


class Platform(Base):
    """Schoology has one issuer for all districts; the client id is the app's numeric id."""

    __tablename__ = "platform"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    auth_url: Mapped[str]
    token_url: Mapped[str]
    jwks_url: Mapped[str]
    private_key: Mapped[str] = mapped_column(Text, info=SEALED)
    """Our RSA key for this platform as PEM, sealed; its public half is served at /lti/jwks.json."""
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """Its public half as a JWK, so that serving it opens no secret; empty until it is first served."""
    former_private_key: Mapped[str] = mapped_column(Text, default="", info=SEALED)
    """The key before the last rotation, still served so that cached key sets keep working."""
    former_public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
