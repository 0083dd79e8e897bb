"""Legal holds: what is on hold is neither erased nor reduced nor forgotten."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, not_, or_

from lti_app import clock
from lti_app.models import PersonHold
from lti_app.operations.people import rows
from lti_app.operations.people.person import Person, of_key
from lti_app.store import audit
from lti_app.store.district import District

WHAT = "Legal hold"


def of(district: District, person: Person) -> PersonHold | None:
    """The hold on a person, if there is one."""
    row = district.session.get(PersonHold, (district.id, person.id))
    if row is None and person.uid:
        row = district.session.scalars(
            district.select(PersonHold).where(PersonHold.uid == person.uid)
        ).first()
    return row


def all_of(district: District) -> list[PersonHold]:
    """Every hold, the oldest first."""
    return list(district.session.scalars(district.select(PersonHold).order_by(PersonHold.set_at)))


def put(district: District, person: Person, who: audit.Who) -> None:
    """Hold what the app has of a person. The caller commits."""
    if of(district, person) is None:
        hold = PersonHold(
            installation_id=district.id, key=person.id, uid=person.uid, set_at=clock.now(), set_by=who.uid
        )
        district.session.add(hold)
        audit.record(district, who, WHAT, new="set", about=("user", person.id))


def lift(district: District, person: Person, who: audit.Who) -> None:
    """End the hold on a person, if there is one. The caller commits."""
    row = of(district, person)
    if row is not None:
        district.session.delete(row)
        audit.record(district, who, WHAT, old="set", new="lifted", about=("user", person.id))


class Held:
    """The people on hold while something is forgotten; nothing is asked twice."""

    def __init__(self, district: District) -> None:
        self.session = district.session
        self.people = [_person(district, each) for each in all_of(district)]

    def spares(self, table: Table) -> list[ColumnElement[bool]]:
        """The conditions that a row of a table may be forgotten; none while no one is on hold."""
        if not self.people:
            return []
        kept = [rows.about(table, each.ids) for each in self.people]
        kept += [rows.mentions(table, each) for each in self.people]
        return [not_(or_(*kept))]


def _person(district: District, row: PersonHold) -> Person:
    return of_key(district, "" if row.key == row.uid else row.key, uid=row.uid)
