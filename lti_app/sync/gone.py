"""Linked objects that one side no longer has: the list that an administrator cleans up by hand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from lti_app.models import Link, LinkState
from lti_app.school.records import Kind
from lti_app.sync.paging import CHUNK, Page, page_of

STATES = (LinkState.RELEASED, LinkState.MISSING)
"""RELEASED left the SIS and stays in Schoology; MISSING was deleted in Schoology and is not made again."""


def gone(session: Session, installation_id: int, kind: Kind) -> dict[str, int]:
    """How many linked objects of a kind are in each of the two states."""
    rows = session.execute(
        select(Link.state, func.count()).where(*_mine(installation_id, kind)).group_by(Link.state)
    )
    return {state: count for state, count in rows}


def gone_page(session: Session, installation_id: int, kind: Kind, number: int) -> Page[Link]:
    """Those objects by name, a page at a time."""
    page = page_of(session, _rows(installation_id, kind), number)
    return Page([row[0] for row in page.rows], page.number, page.total)


def each_gone(session: Session, installation_id: int, kind: Kind) -> Iterator[Link]:
    """Those objects by name, streamed."""
    yield from session.scalars(_rows(installation_id, kind).execution_options(yield_per=CHUNK))


def _mine(installation_id: int, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (Link.installation_id == installation_id, Link.kind == kind, Link.state.in_(STATES))


def _rows(installation_id: int, kind: Kind) -> Select[Link]:
    return select(Link).where(*_mine(installation_id, kind)).order_by(Link.label, Link.sis_id)
