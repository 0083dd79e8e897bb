"""The buildings of the seeded district and their calendars."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from lti_app.sandbox.district.names import school_names, street
from lti_app.sandbox.district.records import Building, Term

GRADES = ("KF", *(f"{number:02d}" for number in range(1, 13)))
_LEVELS = {
    "Elementary": (GRADES[:6], 100, "Elementary School"),
    "Middle": (GRADES[6:9], 200, "Middle School"),
    "High": (GRADES[9:], 300, "High School"),
    "Secondary": (GRADES[6:], 200, "Junior-Senior High School"),
    "All": (GRADES, 1, "School"),
}
_TOWNS = (("Fairhaven", "50211"), ("Milford", "50226"), ("Ashton", "50238"), ("Brookdale", "50244"))
_QUARTERS = (
    ("Quarter 1", "Quarter 2", "Quarter 3", "Quarter 4"),
    ("Marking Period 1", "Marking Period 2", "Marking Period 3", "Marking Period 4"),
    ("First Quarter", "Second Quarter", "Third Quarter", "Fourth Quarter"),
)
_SEMESTERS = (("Semester 1", "Semester 2"), ("Fall Semester", "Spring Semester"))


@dataclass
class School:
    """A building with what the generator must know to fill it."""

    building: Building
    level: str
    grades: tuple[str, ...]
    track: str
    semesters_only: bool = False
    cohorts: dict[str, list[str]] = field(default_factory=dict)
    starts: dict[str, date] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The building's key."""
        return self.building.building

    @property
    def full_year(self) -> tuple[str, ...]:
        """The marking periods of a course that lasts all year."""
        return ("S1", "S2") if self.semesters_only else ("M1", "M2", "M3", "M4")

    def half(self, semester: int) -> tuple[str, ...]:
        """The marking periods of a course that lasts semester 1 or 2."""
        periods = self.full_year
        middle = len(periods) // 2
        return periods[:middle] if semester == 1 else periods[middle:]


def building_count(students: int) -> int:
    """One building for about 650 students, at most 150; 5 from 500 students on, 1 to 4 for fewer.

    280 students have two elementary schools, so that a student can move from one to the other.
    """
    if students < 500:
        return max(1, min(4, students // 70))
    return min(150, max(5, round(students / 650)))


def make_schools(rng: Random, count: int) -> list[School]:
    """So many schools in distinct names; about one in eight keeps a year-round calendar."""
    levels = _levels(count)
    names = school_names(rng, count)
    serial: dict[str, int] = {}
    schools = []
    for position, (level, name) in enumerate(zip(levels, names, strict=True)):
        serial[level] = serial.get(level, 0) + 1
        grades, base, word = _LEVELS[level]
        building = _building(rng, base + serial[level], f"{name} {word}")
        year_round = count >= 3 and position % 8 == 2
        semesters_only = level in ("High", "Secondary") and serial[level] % 3 == 2
        schools.append(School(building, level, grades, "Y" if year_round else "R", semesters_only))
    return schools


def out_of_district(rng: Random) -> Building:
    """The building that represents schools of other districts."""
    return _building(rng, 900, "Tri-County Regional Program", out=True)


def make_terms(school: School, year: int) -> list[Term]:
    """Year, semesters and quarters of one school; schools name them each in their own way."""
    first, middle, third, last = _quarter_dates(school.track, year)
    flavor = school.number % 3
    rows = [("YR", "Full Year", first[0], last[1])]
    halves = ((first[0], middle[1]), (third[0], last[1]))
    names = _SEMESTERS[school.number % 2]
    rows += [(f"S{n}", names[n - 1], *halves[n - 1]) for n in (1, 2)]
    if not school.semesters_only:
        quarters = (first, middle, third, last)
        rows += [(f"M{n}", _QUARTERS[flavor][n - 1], *quarters[n - 1]) for n in (1, 2, 3, 4)]
    return [
        Term(school.number, year, school.track, code, name, order, start, end)
        for order, (code, name, start, end) in enumerate(rows, 1)
    ]


def make_holidays(year: int) -> frozenset[date]:
    """Weekdays without school, the same in every building."""
    fall, spring = year - 1, year
    thanksgiving = _nth_weekday(fall, 11, 3, 4)
    days = {_nth_weekday(fall, 9, 0, 1), date(fall, 11, 11), thanksgiving, thanksgiving + timedelta(days=1)}
    days |= {date(fall, 12, 24) + timedelta(days=n) for n in range(9)}
    days |= {_nth_weekday(spring, 1, 0, 3), _nth_weekday(spring, 2, 0, 3)}
    return frozenset(days)


def _levels(count: int) -> list[str]:
    if count == 1:
        return ["All"]
    if count == 2:
        return ["Elementary", "Secondary"]
    high = max(1, round(count * 0.2))
    middle = max(1, round(count * 0.22))
    return ["Elementary"] * (count - middle - high) + ["Middle"] * middle + ["High"] * high


def _building(rng: Random, number: int, name: str, out: bool = False) -> Building:
    town, zip_code = rng.choice(_TOWNS)
    initials = "".join(word[0] for word in name.replace("-", " ").split())
    phone = f"515-555-{rng.randrange(100, 200):04d}"
    return Building(number, name, f"{initials}{number}", street(rng), town, "IA", zip_code, phone, out)


def _quarter_dates(track: str, year: int) -> list[tuple[date, date]]:
    """Track R is the usual calendar; track Y runs from July with long breaks between the quarters."""
    spans = {
        "R": (((8, 24), (10, 23)), ((10, 26), (1, 15)), ((1, 19), (3, 26)), ((3, 29), (6, 10))),
        "Y": (((7, 20), (9, 18)), ((10, 5), (12, 18)), ((1, 4), (3, 12)), ((3, 29), (6, 18))),
    }[track]

    def day(month: int, number: int) -> date:
        return date(year - 1 if month >= 7 else year, month, number)

    return [(day(*start), day(*end)) for start, end in spans]


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
