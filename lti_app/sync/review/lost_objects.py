"""Linked objects that someone deleted in Schoology: a person makes each again, pairs it or lets it be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lti_app.models import Link, LinkState
from lti_app.school.records import Kind
from lti_app.schoology.port import Found, Outgoing, Schoology
from lti_app.store import audit, links
from lti_app.store.district import District
from lti_app.store.paging import Page
from lti_app.sync.data_prep.reading import forget_object

NATURAL_KEYS: Mapping[Kind, str] = {
    Kind.USER: "school_uid",
    Kind.COURSE: "code",
    Kind.SECTION: "section_school_code",
}
"""Kind → the payload key by which Schoology is searched. Other kinds cannot be paired with another."""


class CannotDecide(Exception):
    """The choice cannot be carried out; the message says why and what to do."""


def count(district: District) -> int:
    """How many wait for a decision."""
    return links.counts.missing(district)


def page(district: District, number: int) -> Page[Link]:
    """Those that wait first, then those that are left as they are."""
    return links.lists.deleted(district, number)


def make_again(district: District, kind: str, sis_id: str, *, who: audit.Who) -> None:
    """Forget the link, so that the next sync makes the object again, empty. The caller commits."""
    link = _deleted(district, kind, sis_id)
    links.write.forget_children(district, Kind(kind), sis_id)
    _note(district, who, link, old="missing", new="to be made again")
    forget_object(district, kind, link.schoology_id)
    links.write.remove(district, kind, [sis_id])


def ignore(district: District, kind: str, sis_id: str, *, who: audit.Who) -> None:
    """Leave it deleted and do not ask again. The caller commits."""
    link = _deleted(district, kind, sis_id)
    _note(district, who, link, old=link.state, new="ignored")
    links.write.set_state(district, kind, [sis_id], state=LinkState.IGNORED)


def search(schoology: Schoology, kind: Kind, key: str) -> Found | None:
    """The object of Schoology with this unique id, course code or section school code."""
    if kind not in NATURAL_KEYS:
        raise CannotDecide("Only people, courses, and sections can be linked to another record.")
    return schoology.find(kind, [Outgoing({NATURAL_KEYS[kind]: key})])[0]


def link_to(district: District, kind: str, sis_id: str, *, schoology_id: str, who: audit.Who) -> None:
    """Pair the record with an object that is in Schoology already. The caller commits."""
    link = _deleted(district, kind, sis_id)
    taken = links.read.by_schoology_id(district, Kind(kind), schoology_id)
    if taken is not None and taken.sis_id != sis_id:
        raise CannotDecide(
            f"This one is linked to “{taken.label or taken.sis_id}” already. Choose another record."
        )
    links.write.forget_children(district, Kind(kind), sis_id)
    _note(district, who, link, old="missing", new=f"linked to {schoology_id}")
    forget_object(district, kind, link.schoology_id)
    links.write.point_to(district, link, schoology_id)


def _deleted(district: District, kind: str, sis_id: str) -> Link:
    link = links.read.one(district, kind, sis_id)
    if link is None or link.state not in LinkState.deleted():
        raise CannotDecide("This record no longer needs a decision.")
    return link


def _note(district: District, who: audit.Who, link: Link, *, old: str, new: str) -> None:
    audit.record(district, who, "Deleted in Schoology", old=old, new=new, about=(link.kind, link.sis_id))


STATES = (LinkState.RELEASED, LinkState.MISSING)
"""RELEASED left the SIS and stays in Schoology; MISSING was deleted in Schoology and is not made again."""


def gone(district: District, kind: Kind) -> dict[str, int]:
    """How many linked objects of a kind are in each of the two states."""
    return links.counts.by_state(district, kind, STATES)


def gone_page(district: District, kind: Kind, number: int) -> Page[Link]:
    """Those objects by name, a page at a time."""
    return links.lists.in_states(district, kind, STATES, number)


def each_gone(district: District, kind: Kind) -> Iterator[Link]:
    """Those objects by name, streamed."""
    return links.lists.each_in_states(district, kind, STATES)
