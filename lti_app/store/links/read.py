"""Single links and what they say, looked up by the ids of either side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Row, exists, func, select, text

from lti_app.models import Link, LinkState
from lti_app.models.link import DELETED_LINKS
from lti_app.school.records import Kind
from lti_app.store.bulk import AT_ONCE
from lti_app.store.district import District


def one(district: District, kind: str, sis_id: str) -> Link | None:
    """The link of an SIS record."""
    return district.session.get(Link, (district.id, kind, sis_id))


def by_schoology_id(district: District, kind: Kind, schoology_id: str) -> Link | None:
    """The link of a Schoology object."""
    return district.session.scalars(
        district.select(Link).where(
            Link.kind == kind,
            Link.schoology_id == schoology_id,
        )
    ).first()


def schoology_ids(district: District, kind: Kind, sis_ids: Iterable[str]) -> dict[str, str]:
    """SIS id → Schoology id of links that can be used to refer to an object."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.schoology_id).where(
            Link.kind == kind,
            Link.sis_id.in_(list(set(sis_ids))),
            Link.state.in_(LinkState.known()),
        )
    )
    return {sis_id: schoology_id for sis_id, schoology_id in rows}


def sis_ids(district: District, kind: Kind, schoology_ids: Iterable[str]) -> dict[str, str]:
    """Schoology id → SIS id of links in any state."""
    rows = district.session.execute(
        district.select(Link.schoology_id, Link.sis_id).where(
            Link.kind == kind,
            Link.schoology_id.in_(list(set(schoology_ids))),
        )
    )
    return {schoology_id: sis_id for schoology_id, sis_id in rows}


def linked(district: District, kind: Kind, sis_ids: Iterable[str]) -> set[str]:
    """Which of these SIS ids have a link in any state."""
    rows = district.select(Link.sis_id).where(Link.kind == kind, Link.sis_id.in_(list(sis_ids)))
    return set(district.session.scalars(rows))


def uncertain(district: District, kind: Kind, sis_ids: Iterable[str]) -> dict[str, str]:
    """SIS id → state of links where it isn't known what Schoology holds: adopted, in doubt, renamed."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.state).where(
            Link.kind == kind,
            Link.sis_id.in_(list(sis_ids)),
            Link.fingerprint == "",
        )
    )
    return {sis_id: state for sis_id, state in rows}


def last_change(district: District) -> datetime | None:
    """When any link of the installation last changed."""
    return district.session.scalar(
        select(func.max(Link.changed_at)).where(Link.installation_id == district.id)
    )


def by_sis_id(district: District, kind: Kind, sis_ids: Collection[str]) -> dict[str, Link]:
    """SIS id → link, in any state."""
    rows = district.session.scalars(district.select(Link).where(Link.kind == kind, Link.sis_id.in_(sis_ids)))
    return {each.sis_id: each for each in rows}


def all_schoology_ids(district: District, kind: Kind) -> set[str]:
    """The Schoology ids of every link of a kind."""
    return set(district.session.scalars(district.select(Link.schoology_id).where(Link.kind == kind)))


def newest_schoology_id(district: District, kind: Kind, before: datetime) -> str:
    """The highest Schoology id of links that were last changed before a moment; empty without one."""
    known = district.select(Link.schoology_id).where(Link.kind == kind, Link.changed_at < before)
    highest = known.order_by(func.length(Link.schoology_id).desc(), Link.schoology_id.desc())
    return district.session.scalar(highest.limit(1)) or ""


def known_objects(district: District, kind: Kind) -> list[tuple[str, str]]:
    """(Schoology id, SIS id) of what Schoology has, in the order of the SIS ids."""
    rows = district.session.execute(
        district.select(Link.schoology_id, Link.sis_id)
        .where(Link.kind == kind, Link.state.in_(LinkState.known()))
        .order_by(Link.sis_id)
    )
    return [(schoology_id, sis_id) for schoology_id, sis_id in rows]


def known_seats(district: District, section: str) -> list[Link]:
    """The enrollments of a section that Schoology has."""
    seats = district.select(Link).where(
        Link.kind == Kind.ENROLLMENT, Link.state.in_(LinkState.known()), Link.parent == section
    )
    return list(district.session.scalars(seats))


def seats_of(district: District, person: str) -> set[str]:
    """The Schoology ids of a person's enrollments, in any state."""
    seats = district.select(Link.schoology_id).where(Link.kind == Kind.ENROLLMENT, Link.person == person)
    return set(district.session.scalars(seats))


def synced(district: District, kind: Kind, sis_ids: Collection[str]) -> set[str]:
    """Which of these SIS ids have a link to which a sync has written."""
    rows = district.select(Link.sis_id).where(
        Link.kind == kind, Link.sis_id.in_(list(sis_ids)), Link.fingerprint != ""
    )
    return set(district.session.scalars(rows))


def other_with_key(district: District, kind: str, natural_key: str, *, but: str) -> str | None:
    """The SIS id of another record, linked with the same key of Schoology, than this one."""
    others = district.select(Link.sis_id).where(
        Link.kind == kind,
        Link.natural_key == natural_key,
        Link.sis_id != but,
        Link.state.in_(LinkState.in_use()),
    )
    return district.session.scalar(others.limit(1))


def payloads(district: District, kind: Kind, sis_ids: Collection[str]) -> dict[str, str]:
    """SIS id → the payload last applied."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.payload).where(Link.kind == kind, Link.sis_id.in_(sis_ids))
    )
    return {sis_id: payload for sis_id, payload in rows}


def payloads_of_buildings(
    district: District, kind: Kind, buildings: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """(SIS id, building, payload last applied) of links in use, streamed."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.building, Link.payload)
        .where(Link.kind == kind, Link.state.in_(LinkState.in_use()), Link.building.in_(list(buildings)))
        .execution_options(yield_per=AT_ONCE)
    )
    yield from ((sis_id, building, payload) for sis_id, building, payload in rows)


def natural_keys(district: District, kind: Kind, sis_ids: Collection[str]) -> dict[str, str]:
    """SIS id → the key of Schoology that the linked object has, such as an account's unique id."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.natural_key).where(
            Link.kind == kind, Link.sis_id.in_(list(sis_ids)), Link.natural_key != ""
        )
    )
    return {sis_id: key for sis_id, key in rows}


def labels(district: District, kind: Kind, sis_ids: Collection[str]) -> dict[str, str]:
    """SIS id → what the record is called, where a link says so."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.label).where(
            Link.kind == kind, Link.sis_id.in_(sis_ids), Link.label != ""
        )
    )
    return {sis_id: label for sis_id, label in rows}


def all_facts(district: District, kind: Kind) -> Sequence[Row[str, str, str, str]]:
    """(SIS id, building, number, label) of every link of a kind, by building and label."""
    listed = district.select(Link.sis_id, Link.building, Link.number, Link.label).where(Link.kind == kind)
    return district.session.execute(listed.order_by(Link.building, Link.label)).all()


def numbers(district: District, kind: Kind, sis_ids: Collection[str]) -> dict[str, str]:
    """SIS id → what people know the record by."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.number).where(Link.kind == kind, Link.sis_id.in_(list(sis_ids)))
    )
    return {sis_id: number for sis_id, number in rows}


def buildings(district: District, kind: Kind) -> dict[str, str]:
    """SIS id → building of every link of a kind."""
    rows = district.session.execute(district.select(Link.sis_id, Link.building).where(Link.kind == kind))
    return {sis_id: building for sis_id, building in rows}


def labels_of_accounts(district: District, uids: Collection[str]) -> dict[str, str]:
    """Schoology uid → what its person is called, where a link says so."""
    rows = district.session.execute(
        district.select(Link.schoology_id, Link.label).where(
            Link.kind == Kind.USER, Link.schoology_id.in_(list(uids)), Link.label != ""
        )
    )
    return {uid: label for uid, label in rows}


def label_of_object(district: District, kind: Kind, schoology_id: str) -> str:
    """What an object of Schoology is called; empty when nothing is linked to it."""
    found = district.select(Link.label).where(Link.kind == kind, Link.schoology_id == schoology_id)
    return district.session.scalar(found) or ""


def any_deleted(district: District) -> bool:
    """Whether any linked object was deleted in Schoology."""
    mine = Link.installation_id + 0 == district.id  # so that SQLite takes the index of deleted ones
    return bool(district.session.scalar(select(exists().where(mine, text(DELETED_LINKS)))))
