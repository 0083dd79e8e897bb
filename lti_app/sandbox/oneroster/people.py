"""The people of a OneRoster bundle; the mapping is told in roster.py."""

from __future__ import annotations

from lti_app.sandbox.district.records import Contact, ContactOf, District, Staff, StaffBuilding, Student
from lti_app.sandbox.oneroster.files import Bundle, Row

GUARDIANS = frozenset(("guardian", "parent", "relative"))
_ID_WIDTH = 10


class People:
    """Users by sourcedId, and the SIS ids that they were given."""

    def __init__(self, users: dict[str, Row]) -> None:
        self.users = users
        self.student_ids: dict[str, str] = {}
        self.staff_ids: dict[str, str] = {}


def load_people(district: District, bundle: Bundle, buildings: dict[str, int]) -> People:
    """Read users.csv into students, staff and contacts. Raises RosterError, also for an id used twice."""
    people = People(bundle.index("users.csv"))
    for source_id, row in people.users.items():
        if row.deleted or row["role"] in GUARDIANS:
            continue
        places = tuple(buildings[org] for org in row.listed("orgSourcedIds") if org in buildings)
        if row["role"] == "student":
            people.student_ids[source_id] = _add_student(district, row, places)
        else:
            people.staff_ids[source_id] = _add_staff(district, row, places)
    for source_id, row in people.users.items():
        if not row.deleted and row["role"] in GUARDIANS:
            _add_contact(district, people, source_id, row)
    return people


def _add_student(district: District, row: Row, places: tuple[int, ...]) -> str:
    student_id = _own_id(row, district.students)
    if not places:
        raise row.error("orgSourcedIds", "names no school of orgs.csv", "A student needs a school")
    grades = row.listed("grades")
    district.students[student_id] = Student(
        student_id,
        row["givenName"],
        row["middleName"],
        row["familyName"],
        grades[0][:2] if grades else "",
        None,
        "A" if _enabled(row) else "I",
        places[0],
        places[1:],
        row["username"],
        (("M", row["email"]),) if row["email"] else (),
    )
    return student_id


def _add_staff(district: District, row: Row, places: tuple[int, ...]) -> str:
    staff_id = _own_id(row, district.staff)
    role = row["role"]
    rows = tuple(
        StaffBuilding(number, position == 0, role == "teacher", role == "counselor", _enabled(row))
        for position, number in enumerate(places)
    )
    names = (row["givenName"], row["middleName"], row["familyName"])
    district.staff[staff_id] = Staff(staff_id, *names, row["email"], row["username"], rows)
    return staff_id


def _add_contact(district: District, people: People, source_id: str, row: Row) -> None:
    named = set(row.listed("agentSourcedIds"))
    ties = []
    for student_source, student_id in people.student_ids.items():
        student_row = people.users[student_source]
        if student_source in named or source_id in student_row.listed("agentSourcedIds"):
            building = district.students[student_id].building
            ties.append(ContactOf(student_id, "G", row["role"].upper()[:5], building))
    names = (row["givenName"], row["middleName"], row["familyName"])
    district.contacts[row.number] = Contact(row.number, *names, row["email"], row["username"], tuple(ties))


def _own_id(row: Row, present: dict[str, Student] | dict[str, Staff]) -> str:
    own = (row["identifier"] or row["username"])[:_ID_WIDTH].strip()
    if not own:
        raise row.error("identifier", "is blank, and so is username", "Give the person one of the two")
    if own in present:
        raise row.error("identifier", f"{own!r} was used on an earlier line", "Give each person their own")
    return own


def _enabled(row: Row) -> bool:
    return row["enabledUser"].lower() not in ("false", "0")
