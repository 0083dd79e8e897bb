"""The Schoology system administrator whose access token the app uses, and the consent given for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import SEALED, Base
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason


class ActingUser(Base):
    """At most one for an installation."""

    __tablename__ = "acting_user"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    uid: Mapped[str]
    subject: Mapped[str] = mapped_column(default="", server_default="")
    """The LTI sub of the person; empty until the first launch after an upgrade."""
    name: Mapped[str]
    token: Mapped[str] = mapped_column(Text, info=SEALED)
    token_secret: Mapped[str] = mapped_column(Text, info=SEALED)
    since: Mapped[datetime]
    checked_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(default="", server_default="")
    """Of the account, as Schoology names it: the zone in which the API writes due moments."""
    problem: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    """Why the token may not write; empty when all is well."""


class AuthorizeWindow(Base):
    """Request token, launch session and random return value of one consent window; used once."""

    __tablename__ = "authorize_window"

    return_hash: Mapped[str] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), index=True)
    launch_token_hash: Mapped[str]
    request_token: Mapped[str] = mapped_column(Text)
    request_secret: Mapped[str] = mapped_column(Text, info=SEALED)
    expires_at: Mapped[datetime]
