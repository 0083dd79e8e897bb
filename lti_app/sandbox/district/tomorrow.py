"""The next day in the sandbox SIS: a few of each change that a real night brings.

Only plain rows are touched: nothing that `District.planted` names as bad, and nothing that another change of
the same day touches, so that the summary tells exactly what must be seen. Dates are such that the changes
count at once, on the district's own day: who is dropped was last in class the day before, who is added
begins today. The same district and seed give the same tomorrow.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from random import Random

from lti_app.sandbox.district.class_rolls import Rolls
from lti_app.sandbox.district.names import person_name, pick_origin, slug
from lti_app.sandbox.district.records import Contact, ContactOf, District, Section, Student

_MOST = 25


@dataclass
class Tomorrow:
    """What changed, by exact ids; an enrollment is `SECTION_KEY|STUDENT_ID`.

    `enrollments_added` and `enrollments_dropped` are complete: they hold those of new, left and transferred
    students too, but not those of closed sections, which are gone from the answer with their enrollments.
    """

    new_students: list[str] = field(default_factory=list)
    changed_names: list[str] = field(default_factory=list)
    changed_emails: list[str] = field(default_factory=list)
    left_students: list[str] = field(default_factory=list)
    transferred_students: list[dict[str, object]] = field(default_factory=list)
    readded_enrollments: list[str] = field(default_factory=list)
    enrollments_added: list[str] = field(default_factory=list)
    enrollments_dropped: list[str] = field(default_factory=list)
    teacher_changes: list[dict[str, object]] = field(default_factory=list)
    closed_sections: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The summary as plain values."""
        return asdict(self)


def make_tomorrow(district: District, seed: int) -> Tomorrow:
    """Change the district into its next day and tell what was changed; the seed decides what is hit."""
    night = _Night(district, Random(f"tomorrow/{seed}"))
    share = min(_MOST, max(1, len(district.students) // 300))
    night.change_names(share)
    night.change_emails(share)
    night.leave(share)
    night.transfer(share)
    night.readd(2 * share)
    night.drop(2 * share)
    night.admit(2 * share)
    night.change_teachers(share)
    night.close_sections(1)
    night.done.enrollments_added = night.rolls.added
    night.done.enrollments_dropped = night.rolls.dropped
    return night.done


class _Night:
    def __init__(self, district: District, rng: Random) -> None:
        self.district = district
        self.rng = rng
        self.rolls = Rolls(district)
        self.done = Tomorrow()
        self._contacts: dict[str, list[int]] = {}
        for contact in district.contacts.values():
            for tie in contact.students:
                self._contacts.setdefault(tie.student_id, []).append(contact.contact_id)
        self._next_student = max([100_000, *(int(key) for key in district.students if key.isdecimal())]) + 1
        self._next_contact = max([5_000_000, *district.contacts]) + 1

    def change_names(self, number: int) -> None:
        """Students get another family name, and their own mailing contact with them."""
        for student in self._students(number):
            _, _, last = person_name(self.rng, pick_origin(self.rng))
            last = f"{last}-{student.last_name}" if last == student.last_name else last
            self._put(replace(student, last_name=last))
            self.done.changed_names.append(student.student_id)

    def change_emails(self, number: int) -> None:
        """Students get another email on their mailing contact."""
        for student in self._students(number):
            box, _, host = student.email.partition("@")
            others = (pair for pair in student.contacts if pair[0] != "M")
            self._put(replace(student, contacts=(*others, ("M", f"{box}.new@{host}"))))
            self.done.changed_emails.append(student.student_id)

    def leave(self, number: int) -> None:
        """Students leave the district: inactive, and dropped everywhere."""
        for student in self._students(number):
            self._put(replace(student, status="I"))
            self.rolls.drop_all(student.student_id)
            self.done.left_students.append(student.student_id)

    def transfer(self, number: int) -> None:
        """Students move to another building and take the classes of a student of their grade there."""
        peers: dict[str, list[Student]] = {}
        for row in self.rolls.plain_students():
            peers.setdefault(row.grade, []).append(row)
        for student in self._students(number, movable=True):
            others = (row for row in peers[student.grade] if row.student_id not in self.rolls.used)
            elsewhere = [row for row in others if row.building != student.building]
            if not elsewhere:
                continue
            peer = self.rng.choice(elsewhere)
            dropped = self.rolls.drop_all(student.student_id)
            self._put(replace(student, building=peer.building))
            added = self.rolls.follow(student.student_id, peer.student_id)
            self.rolls.use([peer.student_id])
            change = {"student_id": student.student_id, "from": student.building, "to": peer.building}
            self.done.transferred_students.append({**change, "dropped": dropped, "added": added})

    def readd(self, number: int) -> None:
        """Students come back into sections from which they were dropped."""
        rows = self.rolls.may_return()
        for row in self.rng.sample(rows, min(number, len(rows))):
            if row.student_id not in self.rolls.used:
                self.done.readded_enrollments.append(self.rolls.add(row.student_id, row.section_key))
                self.rolls.use([row.student_id])

    def drop(self, number: int) -> None:
        """Students drop one class each."""
        for student in self._students(number):
            self.rolls.drop(student.student_id, self.rng.choice(self.rolls.sections_of(student.student_id)))

    def admit(self, number: int) -> None:
        """New students take the classes of a student of their grade."""
        for peer in self._students(number):
            student = self._newcomer(peer)
            self.rolls.follow(student.student_id, peer.student_id)
            self.done.new_students.append(student.student_id)

    def change_teachers(self, number: int) -> None:
        """Sections get another primary teacher, from another section of the same building."""
        for section in self._sections(number):
            first = section.sessions[0]
            choice = self._teachers(section)
            if first.primary_staff_id in self.rolls.used or not choice:
                continue
            new = self.rng.choice(choice)
            sessions = (replace(first, primary_staff_id=new),)
            self.district.sections[section.section_key] = replace(section, sessions=sessions)
            change = {"section_key": section.section_key, "from": first.primary_staff_id, "to": new}
            self.done.teacher_changes.append(change)

    def close_sections(self, number: int) -> None:
        """Sections vanish from the answer, and their enrollments with them."""
        for section in self._sections(number):
            del self.district.sections[section.section_key]
            self.district.enrollments.pop(section.section_key, None)
            self.done.closed_sections.append(section.section_key)

    def _students(self, number: int, movable: bool = False) -> list[Student]:
        pool = self.rolls.plain_students()
        if movable:
            places: dict[str, set[int]] = {}
            for row in pool:
                places.setdefault(row.grade, set()).add(row.building)
            pool = [row for row in pool if len(places[row.grade]) > 1]
        chosen = self.rng.sample(pool, min(number, len(pool)))
        self.rolls.use(row.student_id for row in chosen)
        return chosen

    def _sections(self, number: int) -> list[Section]:
        pool = self.rolls.plain_sections()
        chosen = self.rng.sample(pool, min(number, len(pool)))
        self.rolls.use(row.section_key for row in chosen)
        return chosen

    def _teachers(self, section: Section) -> list[str]:
        present = {name for session in section.sessions for name in session.co_staff_ids}
        present |= {session.primary_staff_id for session in section.sessions}
        names = {
            other.sessions[0].primary_staff_id
            for other in self.district.sections.values()
            if other.building == section.building
        }
        return sorted(names - present - self.rolls.used - {"", "0"})

    def _newcomer(self, peer: Student) -> Student:
        student_id, contact_id = str(self._next_student), self._next_contact
        self._next_student += 1
        self._next_contact += 1
        first, middle, last = person_name(self.rng, pick_origin(self.rng))
        login = f"{slug(first)}.{slug(last)}.{student_id}"
        email = f"{login}@{peer.email.partition('@')[2]}"
        tie = ContactOf(student_id, "M", "SELF", peer.building)
        self.district.contacts[contact_id] = Contact(contact_id, first, middle, last, email, "", (tie,))
        year, contacts = peer.graduation_year, (("M", email),)
        student = Student(
            *(student_id, first, middle, last, peer.grade, year, "A", peer.building, (), login, contacts)
        )
        self.district.students[student_id] = student
        self.rolls.use([student_id])
        return student

    def _put(self, student: Student) -> None:
        """Store a changed student, and keep the contacts' side of it in step."""
        self.district.students[student.student_id] = student
        for number in self._contacts.get(student.student_id, ()):
            contact = self.district.contacts[number]
            ties = tuple(
                tie._replace(building=student.building) if tie.student_id == student.student_id else tie
                for tie in contact.students
            )
            if any(tie.contact_type == "M" for tie in ties):
                contact = replace(contact, last_name=student.last_name, email=student.email)
            self.district.contacts[number] = replace(contact, students=ties)
