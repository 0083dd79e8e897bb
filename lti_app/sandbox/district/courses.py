"""The course catalogue of the seeded district.

A code means the same in every building, but each building words the title in its own way: titles separated
by ``/`` are the wordings.
"""

from __future__ import annotations

from dataclasses import dataclass

from lti_app.sandbox.district.records import Course, District
from lti_app.sandbox.district.schools import School


@dataclass(frozen=True)
class Offer:
    """A course of the catalogue; semester courses come in pairs, one for each half of the year."""

    code: str
    titles: tuple[str, ...]
    department: str
    semester: bool = False


def _offers(department: str, text: str, semester: bool = False) -> tuple[Offer, ...]:
    pairs = (entry.split(":") for entry in text.split(", "))
    return tuple(Offer(code, tuple(titles.split("/")), department, semester) for code, titles in pairs)


_ELEMENTARY = (
    ("HR", "HMRM", "Homeroom {0}/{0} Homeroom/Homeroom - {0}"),
    ("RD", "ELA", "Reading and Writing {0}/Language Arts {0}/ELA {0}"),
    ("MA", "MATH", "Mathematics {0}/Math {0}"),
    ("SC", "SCI", "Science {0}/Discovery Science {0}"),
    ("SS", "SOC", "Social Studies {0}/Communities {0}"),
    ("SP", "ARTS", "Art, Music and PE {0}/Specials {0}"),
)
_MIDDLE = {
    "ELA": "{g}110:English {n}/Language Arts {n}, {g}115:English {n} Advanced/Honors English {n}",
    "MATH": "{g}210:Math {n}/Mathematics {n}, {g}215:Accelerated Math {n}/Math {n} Advanced",
    "SCI": "{g}310:Science {n}/Integrated Science {n}",
    "SOC": "{g}410:Social Studies {n}/World Cultures {n}",
    "PE": "{g}510:Physical Education {n}/PE {n}",
    "LANG": "{g}610:Spanish {n}, {g}620:French {n}, {g}630:Reading Strategies {n}",
    "ARTS": "{g}710:Band {n}, {g}720:Chorus {n}/Choir {n}, {g}730:Art {n}/Visual Art {n}",
}
_HIGH = {
    "ELA": (
        "1109:English 9/English I, 1119:English 9 Honors/Honors English I",
        "1110:English 10/English II, 1120:English 10 Honors/Honors English II",
        "1111:English 11/American Literature, 1131:AP English Language",
        "1112:English 12/British Literature, 1132:AP English Literature",
    ),
    "MATH": (
        "1201:Algebra I/Algebra 1, 1212:Geometry Honors/Honors Geometry",
        "1202:Geometry, 1203:Algebra II/Algebra 2",
        "1203:Algebra II/Algebra 2, 1204:Pre-Calculus/Precalculus",
        "1205:Statistics/Probability and Statistics, 1231:AP Calculus AB",
    ),
    "SCI": (
        "1301:Biology/Biology I, 1311:Biology Honors/Honors Biology",
        "1302:Chemistry/Chemistry I, 1312:Environmental Science",
        "1303:Physics/Physics I, 1313:Anatomy and Physiology",
        "1304:Earth Systems/Geology, 1331:AP Biology",
    ),
    "SOC": (
        "1401:World Geography/Geography",
        "1402:World History, 1432:AP World History",
        "1403:U.S. History/American History, 1433:AP U.S. History",
        "1404:Sociology/Contemporary Issues",
    ),
    "LANG": (
        "1601:Spanish I, 1611:French I, 1621:German I",
        "1602:Spanish II, 1612:French II",
        "1603:Spanish III, 1613:French III",
        "1604:Spanish IV, 1634:AP Spanish Language",
    ),
    "ARTS": ("1701:Concert Band, 1702:Chorale/Concert Choir, 1703:Drawing and Painting, 1704:Theatre I",) * 4,
}
_HALF_YEAR = {
    9: ("PE", "1501:Physical Education 9/PE 9, 1502:Health/Health and Wellness"),
    10: ("TECH", "1511:Driver Education/Safe Driving, 1512:Digital Literacy/Computer Basics"),
    11: ("BUS", "1521:Personal Finance/Financial Literacy, 1522:Speech/Public Speaking"),
    12: ("SOC", "1531:U.S. Government/Government, 1532:Economics/Principles of Economics"),
}


def elementary_offers(grade: str) -> tuple[Offer, ...]:
    """What every class of an elementary grade takes together."""
    label = "Kindergarten" if grade == "KF" else f"Grade {int(grade)}"
    return tuple(
        Offer(f"{prefix}{grade}00", tuple(titles.format(label).split("/")), department)
        for prefix, department, titles in _ELEMENTARY
    )


def secondary_offers(grade: str) -> list[tuple[Offer, ...]]:
    """Seven subjects of a secondary grade, each with the courses that fill it."""
    number = int(grade)
    if number <= 8:
        return [_offers(name, text.format(g=f"0{number}", n=number)) for name, text in _MIDDLE.items()]
    subjects = [_offers(name, by_grade[number - 9]) for name, by_grade in _HIGH.items()]
    return [*subjects, _offers(*_HALF_YEAR[number], semester=True)]


def course_at(district: District, school: School, offer: Offer) -> Course:
    """The course of a building, added to the district the first time that it is asked for."""
    key = (school.number, offer.code)
    if key not in district.courses:
        title = offer.titles[school.number % len(offer.titles)]
        full = f"{title} ({school.building.name})"
        district.courses[key] = Course(school.number, offer.code, title[:30], full, offer.department[:5])
    return district.courses[key]
