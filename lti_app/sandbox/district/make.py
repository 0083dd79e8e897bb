"""A believable school district of any size from a seed: the same arguments give the same district.

Rates of the unusual are those observed in real districts (0.7 % of the sections with two sessions, 4 % with a
second teacher, 1.4 % of the enrollments left and taken up again) or, for what is plainly wrong, rare.
"""

from __future__ import annotations

from datetime import date
from random import Random

from lti_app.sandbox.district.bad_classes import plant_classes
from lti_app.sandbox.district.bad_people import Trapper, plant_people
from lti_app.sandbox.district.names import slug
from lti_app.sandbox.district.people import admit_families, open_admissions
from lti_app.sandbox.district.records import District, local_today, school_year_of
from lti_app.sandbox.district.schools import School, building_count, make_holidays, make_schools, make_terms
from lti_app.sandbox.district.sections import Timetable, fill_school
from lti_app.sandbox.district.staff import StaffOffice, add_nobody, fill_offices, share_between_buildings

_DISTRICTS = ("Cedar Valley", "Lakeland", "Three Rivers", "Prairie View", "Stonebridge", "Harbor County")


def make_district(
    students: int, seed: int, buildings: int | None = None, as_of: date | None = None
) -> District:
    """A district with a number of students, as of a day (today by default).

    Raises ValueError for fewer than 1 student, or for buildings outside 1 to 150.
    """
    if students < 1:
        raise ValueError("a district needs at least one student")
    count = building_count(students) if buildings is None else buildings
    if not 1 <= count <= 150:
        raise ValueError("a district has 1 to 150 buildings")
    rng = Random(f"{seed}/{students}/{count}")
    district = _found(rng, as_of or local_today())
    schools = _build(district, rng, count)
    mail_domain = f"{slug(district.name.removesuffix(' Public Schools'))}.example"
    admit_families(open_admissions(district, rng, mail_domain, schools), students)
    office = StaffOffice(district, rng, mail_domain)
    add_nobody(district, schools)
    timetable = Timetable(district, rng, office)
    for school in schools:
        fill_school(timetable, school)
    fill_offices(office, schools)
    share_between_buildings(office, schools)
    trapper = Trapper(district, rng)
    plant_people(trapper, schools)
    plant_classes(trapper)
    return district


def _found(rng: Random, as_of: date) -> District:
    year = school_year_of(as_of)
    district = District(f"{rng.choice(_DISTRICTS)} Public Schools", as_of, year)
    district.holidays = make_holidays(year)
    return district


def _build(district: District, rng: Random, count: int) -> list[School]:
    schools = make_schools(rng, count)
    for school in schools:
        district.buildings[school.number] = school.building
        terms = make_terms(school, district.school_year)
        school.starts = {term.marking_period: term.start for term in terms}
        district.terms.extend(terms)
    return schools
