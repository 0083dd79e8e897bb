"""Parents, once their links were read: who is no one's parent is not wanted, and links get their school."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from lti_app.models import Staged
from lti_app.models.base import alias
from lti_app.school.records import Kind, PersonGroup


def complete(session: Session, run_id: int) -> None:
    """Remove parents without a link of a chosen type, and name each link's school and parent."""
    link, parent = alias(Staged, "parent_link"), alias(Staged, "parent")
    linked = select(link.parent).where(link.run_id == run_id, link.kind == Kind.PARENT_LINK)
    every = select(parent.sis_id).where(
        parent.run_id == run_id,
        parent.kind == Kind.USER,
        parent.role == PersonGroup.CONTACT,
        parent.number != "",  # what could not be read at all stays and is told
    )
    session.execute(
        delete(Staged)
        .where(
            Staged.run_id == run_id,
            Staged.kind == Kind.USER,
            Staged.sis_id.in_(every.except_(linked)),
        )
        .execution_options(synchronize_session=False)
    )

    def of_parent(column: Any) -> Any:
        named = (parent.run_id == run_id, parent.kind == Kind.USER, parent.sis_id == Staged.parent)
        return select(column).where(*named).scalar_subquery()

    session.execute(
        update(Staged)
        .where(
            Staged.run_id == run_id,
            Staged.kind == Kind.PARENT_LINK,
            exists().where(parent.run_id == run_id, parent.kind == Kind.USER, parent.sis_id == Staged.parent),
        )
        .values(building=of_parent(parent.building), label=of_parent(parent.label))
        .execution_options(synchronize_session=False)
    )
