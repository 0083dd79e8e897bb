"""A school of the SIS and its Schoology building."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class BuildingRow(Base):
    """Nothing is selected by default; an unmapped building isn't synced."""

    __tablename__ = "building"
    __table_args__ = (UniqueConstraint("installation_id", "sis_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    sis_id: Mapped[str]
    name: Mapped[str]
    code: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    schoology_id: Mapped[str] = mapped_column(default="")
    schoology_name: Mapped[str] = mapped_column(default="")
    for_users: Mapped[bool] = mapped_column(default=False)
    for_courses: Mapped[bool] = mapped_column(default=False)
    for_sections: Mapped[bool] = mapped_column(default=False)
    drop_adopted: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a sync may end enrollments that it found in Schoology, once the SIS has dropped them."""
    seen_at: Mapped[datetime]
    """When the SIS last listed it."""
