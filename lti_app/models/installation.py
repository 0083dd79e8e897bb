"""One deployment of the app in one Schoology organization: the tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.models.base import SEALED, Base
from lti_app.models.platform import Platform
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason

FIRST_ZONE = "America/New_York"
"""The time zone of an installation until one is chosen."""


class Installation(Base):
    """The tenant key is (issuer, client id, deployment id); every tenant table refers to this row."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    deployment_id: Mapped[str]
    name: Mapped[str]
    schoology_domains: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Hosts (with port where there is one) on which people use Schoology; they may frame the app."""
    consumer_key: Mapped[str] = mapped_column(default="")
    consumer_secret: Mapped[str] = mapped_column(Text, default="", info=SEALED)
    time_zone: Mapped[str] = mapped_column(default=FIRST_ZONE)
    zone_chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a person chose it; the audit's line about it is forgotten after a while."""
    setup_code_hash: Mapped[str] = mapped_column(default="")
    """SHA-256 of the one-time code; empty once used."""
    setup_code_at: Mapped[datetime | None]
    """When the code was made; it works for two weeks."""
    claimed_by_uid: Mapped[str] = mapped_column(default="")
    claimed_by_name: Mapped[str] = mapped_column(default="")
    claimed_at: Mapped[datetime | None]
    require_binding: Mapped[bool] = mapped_column("require_state_cookie", default=False)
    """Refuse launches that neither the platform's storage nor a cookie binds to the browser that logged in
    (login CSRF); breaks where the platform offers no storage and cookies are blocked."""
    paused_reason: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    """Why no job may write; none when jobs may write."""
    person_key: Mapped[str] = mapped_column(Text, default="", server_default="", info=SEALED)
    """What marks of erased people are made with; empty until someone is erased."""
    contact: Mapped[str] = mapped_column(default="", server_default="")
    """How this district's people reach the host, where that differs from LTI_APP_CONTACT."""

    platform: Mapped[Platform] = relationship()
