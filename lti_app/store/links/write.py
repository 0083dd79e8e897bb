"""Every change of a link: made, paired, moved to another state, renamed, forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, case, literal, or_

from lti_app import clock
from lti_app.models import Link, LinkState
from lti_app.school.desired import canonical
from lti_app.school.records import Kind, parent_link_id, seat_id
from lti_app.store.bulk import upsert
from lti_app.store.district import District
from lti_app.store.links.read import linked

HANGS_ON: dict[Kind, tuple[tuple[Kind, str], ...]] = {
    Kind.COURSE: ((Kind.SECTION, "parent"),),
    Kind.SECTION: ((Kind.ENROLLMENT, "parent"),),
    Kind.USER: ((Kind.ENROLLMENT, "person"), (Kind.PARENT_LINK, "parent"), (Kind.PARENT_LINK, "person")),
}
"""Kind → links that name it: their kind and the column."""
NAMED_AFTER = {Kind.ENROLLMENT: seat_id, Kind.PARENT_LINK: parent_link_id}
"""Kind → what makes its SIS id of parent and person."""


@dataclass(frozen=True)
class Pair:
    """An SIS id and a Schoology id that belong together, with what was last applied."""

    kind: str
    sis_id: str
    schoology_id: str
    building: str = ""
    parent: str = ""
    person: str = ""
    role: str = ""
    number: str = ""
    natural_key: str = ""
    label: str = ""
    fingerprint: str = ""
    payload: str = ""
    state: LinkState = LinkState.OWNED


def record(district: District, pairs: Sequence[Pair]) -> None:
    """Write links after an applied change; replaces an existing link of the SIS ID.

    What was adopted stays adopted: an update does not make it the app's own.

    Raises IntegrityError when a Schoology object is already linked to another SIS id.
    """
    if not pairs:
        return
    now = clock.now()
    rows = [{**vars(each), "installation_id": district.id, "changed_at": now} for each in pairs]
    statement = upsert(district.session, Link)
    fresh = {
        name: getattr(statement.excluded, name)
        for name in rows[0]
        if name not in ("installation_id", "kind", "sis_id")
    }
    fresh["state"] = case(
        (
            or_(Link.state == LinkState.ADOPTED, Link.state == LinkState.RELEASED_BY_HAND),
            literal(str(LinkState.ADOPTED)),
        ),
        else_=statement.excluded.state,
    )
    district.session.execute(
        statement.on_conflict_do_update(index_elements=["installation_id", "kind", "sis_id"], set_=fresh),
        rows,
    )


def adopt(district: District, pairs: Sequence[Pair]) -> None:
    """Link what is in Schoology already; what has a link keeps it. The caller commits."""
    if not pairs:
        return
    own = {"installation_id": district.id, "changed_at": clock.now(), "state": LinkState.ADOPTED}
    district.session.execute(
        upsert(district.session, Link).on_conflict_do_nothing(), [{**vars(each), **own} for each in pairs]
    )


def set_state(district: District, kind: str, sis_ids: Iterable[str], *, state: LinkState) -> None:
    """Move links to another state and nothing else."""
    district.session.execute(
        district.update(Link)
        .where(Link.kind == kind, Link.sis_id.in_(list(sis_ids)))
        .values(state=state, changed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def let_go(district: District, kind: str, sis_ids: Iterable[str]) -> None:
    """The SIS lost these records. A parent link that someone made by hand stays known as such."""
    by_hand = and_(Link.kind == Kind.PARENT_LINK, Link.state == LinkState.ADOPTED)
    state = case((by_hand, literal(LinkState.RELEASED_BY_HAND.value)), else_=LinkState.RELEASED.value)
    district.session.execute(
        district.update(Link)
        .where(Link.kind == kind, Link.sis_id.in_(list(sis_ids)))
        .values(state=state, changed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def mark_uncertain(district: District, kind: str, sis_id: str, *, payload: str) -> None:
    """No one knows what became of the last write: the next plan sends the record again. `payload` is what
    Schoology may hold."""
    district.session.execute(
        district.update(Link)
        .where(Link.kind == kind, Link.sis_id == sis_id)
        .values(fingerprint="", payload=payload, changed_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )


def note_released(district: District, held: Mapping[str, Mapping[str, str]]) -> None:
    """What Schoology says that accounts hold (Schoology id → field → value): those of people who left the SIS
    are written to by no one, so that what was freed there is free. The caller commits."""
    rows = district.session.scalars(
        district.select(Link).where(
            Link.kind == Kind.USER, Link.state == LinkState.RELEASED, Link.schoology_id.in_(list(held))
        )
    )
    for link in rows:
        payload = json.loads(link.payload or "{}")
        fresh = {**payload, **held[link.schoology_id]}
        if fresh != payload:
            link.payload = canonical(fresh)
    district.session.flush()


def forget_applied(district: District, kind: Kind, sis_ids: Select[str]) -> None:
    """Forget what was last applied to the records that a query names: the next plan sends them again."""
    district.session.execute(
        district.update(Link)
        .where(Link.kind == kind, Link.sis_id.in_(sis_ids))
        .values(fingerprint="")
        .execution_options(synchronize_session=False)
    )


def remove(district: District, kind: str, sis_ids: Iterable[str]) -> None:
    """Forget links: an enrollment that was ended."""
    district.session.execute(
        district.delete(Link)
        .where(Link.kind == kind, Link.sis_id.in_(list(sis_ids)))
        .execution_options(synchronize_session=False)
    )


def forget_children(district: District, kind: Kind, sis_id: str) -> None:
    """Forget the enrollments and parent links that hung on an object which is not there any more."""
    for child, column in HANGS_ON.get(kind, ()):
        if child in (Kind.ENROLLMENT, Kind.PARENT_LINK):
            district.session.execute(
                district.delete(Link)
                .where(
                    Link.kind == child,
                    getattr(Link, column) == sis_id,
                )
                .execution_options(synchronize_session=False)
            )


def point_to(district: District, link: Link, schoology_id: str) -> None:
    """Let a link name an object of Schoology that the app did not make: the next sync updates it."""
    link.schoology_id, link.state = schoology_id, LinkState.ADOPTED
    link.fingerprint, link.payload, link.changed_at = "", "", clock.now()
    district.session.flush()


def renew_seat(district: District, seat: Link, schoology_id: str, *, by_hand: bool) -> None:
    """An enrollment has another ID in Schoology now; `by_hand` if it may have been made by hand there."""
    seat.schoology_id = schoology_id
    if by_hand:
        seat.state = LinkState.ADOPTED
    district.session.flush()


def relink(district: District, kind: Kind, renamed: Mapping[str, str]) -> int:
    """Give links new SIS ids (old → new), and those that hang on them; how many objects were renamed.

    What is in Schoology stays as it is until the next sync, which brings the new ids there: their empty
    fingerprints say that someone asked for it. A new id that has a link already is left alone. The caller
    commits.
    """
    taken = linked(district, kind, renamed.values())
    free = {old: new for old, new in renamed.items() if new not in taken}
    for old, new in free.items():
        district.session.execute(
            district.update(Link)
            .where(Link.kind == kind, Link.sis_id == old)
            .values(sis_id=new, fingerprint="")
        )
        for child, column in HANGS_ON[kind]:
            _rename_hanging(district, child, column, old=old, new=new)
    return len(free)


def _rename_hanging(district: District, child: Kind, column: str, *, old: str, new: str) -> None:
    """Links that name a renamed record name it by its new id, and are called after it where they are."""
    hanging = district.select(Link).where(Link.kind == child, getattr(Link, column) == old)
    parts = district.session.execute(hanging.with_only_columns(Link.sis_id, Link.parent, Link.person)).all()
    for sis_id, parent, person in parts:
        names = {"parent": parent, "person": person, column: new}
        called = NAMED_AFTER.get(child)
        named = {"sis_id": called(names["parent"], names["person"])} if called else {}
        district.session.execute(
            district.update(Link)
            .where(Link.kind == child, Link.sis_id == sis_id)
            .values({column: new, **named, **_named_by(child)})
            .execution_options(synchronize_session=False)
        )


def _named_by(child: Kind) -> dict[str, str]:
    """A parent link holds the unique IDs of both people, so it has to be sent again."""
    return {"fingerprint": ""} if child == Kind.PARENT_LINK else {}
