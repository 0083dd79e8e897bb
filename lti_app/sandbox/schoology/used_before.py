"""A district that used Schoology before the app came: part of it is there already, in the state that years of
typing and importing leave behind. `Truth` says what every account, course, and section really is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from lti_app.sandbox.district.records import Course, District, Section
from lti_app.sandbox.schoology.memory import PARENT, STUDENT
from lti_app.sandbox.schoology.used_before_people import ACCOUNTS, OLD_HAND, Account, Desk


@dataclass
class Truth:
    """Schoology id → SIS key (``student:100123``, ``101|MA0300``, ``40001``), and how it was kept."""

    people: dict[str, str] = field(default_factory=dict)
    courses: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    kept_as: dict[str, str] = field(default_factory=dict)
    """Schoology id → how it came to be as it is, such as married or inactive."""
    seats: set[tuple[str, str]] = field(default_factory=set)
    """Section and uid, both of Schoology, of enrollments that the SIS has too."""
    guests: set[tuple[str, str]] = field(default_factory=set)
    """Of enrollments that the SIS does not have."""
    seconds: set[str] = field(default_factory=set)
    """Uids of second accounts: the person has another one."""

    def of(self, *kinds: str) -> set[str]:
        """The Schoology ids of these ways of keeping."""
        return {schoology_id for schoology_id, kept in self.kept_as.items() if kept in kinds}


def make_mess(store: Any, district: District, *, share: float = 0.4, seed: int = 1) -> Truth:
    """Put a share of the district into Schoology, with everything that goes wrong with it."""
    made = _Mess(store, district, Random(f"mess/{seed}"), share)  # noqa: S311 - repeatable, not secret
    made.people()
    made.classes()
    store.traffic.reset()
    return made.truth


class _Mess:
    def __init__(self, store: Any, district: District, rng: Random, share: float) -> None:
        self.store, self.district, self.rng, self.share = store, district, rng, share
        self.truth = Truth()
        self.desk = Desk(store, rng, self._places())
        self.uids: dict[str, int] = {}

    def _places(self) -> dict[int, int]:
        """SIS building → Schoology building, by code or name."""
        names = {each.building_code: each.id for each in self.store.buildings.values() if each.building_code}
        names |= {each.title: each.id for each in self.store.buildings.values()}
        found: dict[int, int] = {}
        for each in self.district.buildings.values():
            for name in (
                str(each.building),
                each.abbreviation.strip(),
                each.name,
                f"{each.name} (main campus)",
            ):
                if name in names:
                    found.setdefault(each.building, names[name])
        return found

    def _some(self, pool: list[str]) -> list[str]:
        return self.rng.sample(pool, round(len(pool) * self.share))

    def people(self) -> None:
        """Students and staff who are in Schoology, guardians with accounts, and people who left long ago."""
        odd = {
            row
            for trap in ("username_with_space", "shared_id")
            for row in self.district.planted.get(trap, ())
        }
        for key, account in self._accounts(odd):
            ways = [way for way in ACCOUNTS if way.fits(account)]
            way = self.rng.choices(ways, [each.weight for each in ways])[0]
            self._keep(key, way.name, way.make(account, self.rng))
            if way.second is not None:
                self.truth.seconds.add(self._keep(key, way.name, way.second(account, self.rng)))
        self._strangers()
        self._guardians()

    def _accounts(self, odd: set[str]) -> list[tuple[str, Account]]:
        students = self._some([s.student_id for s in self.district.students.values() if s.status == "A"])
        staff = self._some([s.staff_id for s in self.district.staff.values() if s.email])
        found = [(f"student:{each}", self.desk.student(self.district.students[each])) for each in students]
        found += [(f"staff:{each}", self.desk.staff(self.district.staff[each])) for each in staff]
        return [(key, each) for key, each in found if each.place and each.sis_id not in odd]

    def _keep(self, key: str, way: str, account: Account) -> str:
        user = self.desk.open(account)
        uid = str(user.uid)
        self.truth.people[uid] = key
        self.truth.kept_as[uid] = way
        if not account.inactive:
            self.uids.setdefault(key, user.uid)
        return uid

    def _strangers(self) -> None:
        """Former students, who aren't in the SIS."""
        number = max(3, round(len(self.truth.people) * 0.04))
        for serial in range(number):
            first, last = self.rng.choice(OLD_HAND).split()
            account = Account(
                f"old{serial}",
                first,
                f"{last}ov",
                f"{first}.{last}{serial}".lower(),
                "",
                STUDENT,
                self.rng.choice(list(self.desk.places.values())),
                year=str(self.district.school_year - 1),
                school_uid=f"9{serial:07d}",
            )
            self._keep("", "stranger", account)

    def _guardians(self) -> None:
        """Accounts of some guardians; parents are not synced unless the administrator wants it."""
        mine = [
            each
            for each in self.district.contacts.values()
            if each.email and each.students[0].contact_type == "G"
        ]
        place = next(iter(self.desk.places.values()))
        for each in self.rng.sample(mine, min(len(mine), max(2, len(mine) // 20))):
            login = f"p.{each.login_id or each.contact_id}"
            account = Account(
                str(each.contact_id), each.first_name, each.last_name, login, each.email, PARENT, place
            )
            self._keep(f"contact:{each.contact_id}", "parent", account)

    def classes(self) -> None:
        """Courses with some of their sections, and most of the people in them."""
        live = sorted({(each.building, each.course) for each in self.district.sections.values()})
        named = {
            f"{building}|{code}": (building, code) for building, code in live if building in self.desk.places
        }
        titles: dict[tuple[int, str], int] = {}
        for key in named.values():
            title = (key[0], self.district.courses[key].long_description)
            titles[title] = titles.get(title, 0) + 1
        for name in self._some(sorted(named)):
            course = self.district.courses[named[name]]
            if course.active and course.long_description:
                alone = titles[course.building, course.long_description] == 1
                self._course(name, course, alone)

    def _course(self, name: str, course: Course, alone: bool) -> None:
        code = f"{course.building}-{course.course}"
        ways = {"course_exact": code, "course_bare": course.course, "course_renumbered": f"OLD{code}"}
        way = self.rng.choices(list(ways), (5, 3, 2 if alone else 0))[0]
        if self.store.course_with(ways[way]):
            way = "course_exact"
        made = self.store.add_course(
            course.long_description,
            ways[way],
            self.desk.places[course.building],
            department=course.department,
        )
        self.truth.courses[str(made.id)] = name
        self.truth.kept_as[str(made.id)] = way
        for section in self.district.sections.values():
            if (section.building, section.course) == (course.building, course.course):
                self._section(made.id, section)

    def _section(self, course_id: int, section: Section) -> None:
        periods = self._periods(section)
        first = section.sessions[0]
        teacher = self.uids.get(f"staff:{first.primary_staff_id}")
        if not periods or self.rng.random() < 0.25:
            return
        fields: dict[str, Any] = {"title": section.description, "grading_periods": periods}
        way = self.rng.choices(
            ("section_exact", "section_code", "section_teacher"), (4, 4, 3 if teacher else 0)
        )[0]
        if way == "section_exact":
            fields |= {"section_school_code": str(section.section_key), "section_code": "1"}
        elif way == "section_code":
            fields |= {"section_code": f"{section.course_section:02d}"}
        else:
            fields |= {
                "section_code": f"X{section.section_key}",
                "title": f"{section.description} - Period {first.period}",
            }
        made = self.store.add_section(course_id, **fields)
        self.truth.sections[str(made.id)] = str(section.section_key)
        self.truth.kept_as[str(made.id)] = way
        self._seats(made.id, section, teacher)

    def _periods(self, section: Section) -> list[int]:
        """Schoology's grading periods with the days of the section's terms."""
        wanted = set(section.sessions[0].marking_periods)
        terms = [
            each
            for each in self.district.terms
            if (each.building, each.track, each.school_year)
            == (section.building, section.track, section.school_year)
            and each.marking_period in wanted
        ]
        return sorted({self._period(each) for each in terms})

    def _period(self, term: Any) -> int:
        for each in self.store.grading_periods.values():
            if (each.start, each.end) == (term.start, term.end) and each.title.startswith(term.description):
                return int(each.id)
        title = f"{term.description} {term.start} {term.end}"
        return int(self.store.add_grading_period(title, term.start, term.end).id)

    def _seats(self, section_id: int, section: Section, teacher: int | None) -> None:
        there = {teacher: 1} if teacher else {}
        if self.truth.kept_as[str(section_id)] != "section_teacher" and self.rng.random() < 0.3:
            there = {}
        members = set()
        for row in self.district.enrollments.get(section.section_key, ()):
            uid = self.uids.get(f"student:{row.student_id}")
            if uid and row.open_on(self.district.as_of):
                members.add(uid)
                if self.rng.random() < 0.9:
                    there[uid] = 0
        for uid, admin in there.items():
            self.store.enroll(section_id, uid, admin=admin)
            self.truth.seats.add((str(section_id), str(uid)))
        self._guest(section_id, members)

    def _guest(self, section_id: int, members: set[int]) -> None:
        """Someone who sits in for a reason that the SIS does not know."""
        if self.rng.random() > 0.15:
            return
        students = [
            uid for key, uid in self.uids.items() if key.startswith("student:") and uid not in members
        ]
        if students:
            uid = self.rng.choice(students)
            self.store.enroll(section_id, uid)
            self.truth.guests.add((str(section_id), str(uid)))
