"""A launched person's session, carried by an opaque token in the page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.models.base import Base
from lti_app.models.installation import Installation


class LaunchSession(Base):
    """Bound to installation, person, role and context; idle 60 minutes, absolute 8 hours.

    An ended one is kept for a week: it says whose page a refused request came from, and how to open it again.
    """

    __tablename__ = "launch_session"
    __table_args__ = (Index("ix_launch_session_installation_id_subject", "installation_id", "subject"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), index=True)
    subject: Mapped[str]
    """The LTI sub."""
    uid: Mapped[str] = mapped_column(default="")
    """The Schoology uid, from the custom parameter or the digits of sub; empty when unknown."""
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    """administrator, instructor or learner: the strongest role of the launch (lti_app.lti.roles)."""
    section_id: Mapped[str] = mapped_column(default="")
    """The Schoology section of the context; empty for a launch outside any course."""
    section_title: Mapped[str] = mapped_column(default="")
    domain: Mapped[str] = mapped_column(default="")
    """The Schoology host that the person is on, when the launch said so."""
    time_zone: Mapped[str] = mapped_column(default="", server_default="")
    """The IANA zone of the person's Schoology account, when the launch said so."""
    opened_from: Mapped[str] = mapped_column(default="", server_default="")
    """The hash of the administrator's session that the course was opened from; empty for a launch."""
    cookie_bound: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    place: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The page the person last saw: {"path": …, "fields": {name: text}}. Never anything about people."""
    login_id: Mapped[str] = mapped_column(default="", index=True)
    """The hash of the login's state. It opens nothing: it only finds the login to repeat."""
    login: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The parameters of the login request, which *Open again* repeats; Schoology signs the person in."""

    installation: Mapped[Installation] = relationship()


class LaunchState(Base):
    """Deleted by the launch that uses it, so that state and nonce work once."""

    __tablename__ = "launch_state"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str]
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    expires_at: Mapped[datetime]
    login: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The parameters of the login request."""
    binding_hash: Mapped[str] = mapped_column(default="", server_default="")
    """The hash of what the platform was asked to store for this browser; empty where it offers no storage."""
