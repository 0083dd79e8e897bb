"""Bad and unusual courses, sections and enrollments of the seeded district, each noted in `planted`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from lti_app.sandbox.district.bad_people import Trapper
from lti_app.sandbox.district.records import Course, Enrollment, Section
from lti_app.sandbox.district.staff import NOBODY

_UNDATED_TRACK = "Z"
_RETIRED = (("9001", "Typing"), ("9002", "Latin I"), ("9003", "Wood Shop"), ("9004", "Home Economics"))


def plant_classes(trapper: Trapper) -> None:
    """Every trap that sits on a course, a section or an enrollment."""
    _courses(trapper)
    _sessions(trapper)
    _undated_sections(trapper)
    _enrollments(trapper)
    _unknown_student(trapper)


def _courses(trapper: Trapper) -> None:
    district = trapper.district
    for building in sorted({number for number, _ in district.courses}):
        code, title = trapper.rng.choice(_RETIRED)
        district.courses[building, code] = Course(building, code, title, title, "", active=False)
        district.plant("inactive_course", f"{building}|{code}")
    keys = {f"{building}|{code}": (building, code) for building, code in district.courses}
    live = [name for name, key in keys.items() if district.courses[key].active]
    for name in trapper.some(live, 0.0005):
        course = district.courses[keys[name]]
        district.courses[keys[name]] = replace(course, description="", long_description="")
        district.plant("course_without_title", name)
    untitled = {keys[name] for name in district.planted["course_without_title"]}
    for section in district.sections.values():
        if (section.building, section.course) in untitled:
            trapper.taken.add(_name(section))


def _name(section: Section) -> str:
    """Section keys share the trapper's list of taken ids with people, so they get a prefix."""
    return f"section {section.section_key}"


def _sections(trapper: Trapper, share: float) -> Iterator[Section]:
    names = {_name(section): section.section_key for section in trapper.district.sections.values()}
    for name in trapper.some(names, share):
        yield trapper.district.sections[names[name]]


def _sessions(trapper: Trapper) -> None:
    """A laboratory as a second session, a second teacher, or no teacher."""
    district = trapper.district
    for section in list(_sections(trapper, 0.007)):
        first = section.sessions[0]
        period = int(first.period) % 8 + 1
        lab = replace(first, number=2, description="Laboratory", period=f"{period:02d}", receive_mark=False)
        district.sections[section.section_key] = replace(section, sessions=(first, lab))
        district.plant("two_sessions", section.section_key)
    colleagues = _teachers_by_building(trapper)
    for section in list(_sections(trapper, 0.04)):
        first = section.sessions[0]
        others = [name for name in colleagues[section.building] if name != first.primary_staff_id]
        if others:
            helped = replace(first, co_staff_ids=(trapper.rng.choice(others),))
            district.sections[section.section_key] = replace(section, sessions=(helped,))
            district.plant("co_teacher", section.section_key)
    for section in list(_sections(trapper, 0.005)):
        vacant = replace(section.sessions[0], primary_staff_id=NOBODY)
        district.sections[section.section_key] = replace(section, sessions=(vacant,))
        district.plant("section_without_teacher", section.section_key)


def _teachers_by_building(trapper: Trapper) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for person in trapper.district.staff.values():
        for place in person.buildings:
            if place.is_teacher and place.active and person.staff_id not in trapper.taken:
                found.setdefault(place.building, []).append(person.staff_id)
    return {
        section.building: found.get(section.building, []) for section in trapper.district.sections.values()
    }


def _undated_sections(trapper: Trapper) -> None:
    """Sections on a track for which the building keeps no dates."""
    for section in list(_sections(trapper, 0.001)):
        trapper.district.sections[section.section_key] = replace(section, track=_UNDATED_TRACK)
        trapper.district.plant("section_without_term_dates", section.section_key)


def _running_rows(trapper: Trapper, share: float) -> Iterator[tuple[list[Enrollment], int]]:
    """A share of the plain rows of sections that began three weeks ago or earlier."""
    district = trapper.district
    latest = district.as_of - timedelta(days=21)
    keys = [
        key
        for key, rows in district.enrollments.items()
        if rows and rows[0].ranges[0][0] <= latest and _name(district.sections[key]) not in trapper.taken
    ]
    wanted = max(1, round(sum(len(district.enrollments[key]) for key in keys) * share)) if keys else 0
    for _ in range(wanted * 4):
        rows = district.enrollments[trapper.rng.choice(keys)]
        position = trapper.rng.randrange(len(rows))
        row = rows[position]
        plain = row.status == "A" and row.ranges[0][0] <= latest and not row.modeled
        if wanted and plain and row.key not in trapper.taken and row.student_id not in trapper.taken:
            trapper.taken.add(row.key)
            wanted -= 1
            yield rows, position


def _enrollments(trapper: Trapper) -> None:
    district = trapper.district
    for rows, position in _running_rows(trapper, 0.03):
        start = rows[position].ranges[0][0]
        closed = ((start, trapper.day_before(start)),)
        rows[position] = rows[position]._replace(status="D", ranges=closed)
        district.plant("dropped", rows[position].key)
    for rows, position in _running_rows(trapper, 0.014):
        start = rows[position].ranges[0][0]
        left = trapper.day_before(start)
        back = min(left + timedelta(days=trapper.rng.randrange(1, 12)), district.as_of)
        rows[position] = rows[position]._replace(ranges=((start, left), (back, None)))
        district.plant("returned", rows[position].key)
    for rows, position in _running_rows(trapper, 0.004):
        start = rows[position].ranges[0][0]
        rows[position] = rows[position]._replace(ranges=((start, trapper.day_before(start)),))
        district.plant("ended", rows[position].key)
    for rows, position in list(_running_rows(trapper, 0.01)):
        _model(trapper, rows[position])


def _model(trapper: Trapper, row: Enrollment) -> None:
    """A draft that puts the student into some other section of the building."""
    district = trapper.district
    others = _neighbours(trapper, row.section_key)
    if not others:
        return
    key = trapper.rng.choice(others)
    if all(present.student_id != row.student_id for present in district.enrollments[key]):
        draft = row._replace(section_key=key, modeled=True)
        district.enrollments[key].append(draft)
        district.plant("modeled", draft.key)


def _neighbours(trapper: Trapper, key: int) -> list[int]:
    """Keys near this one that belong to the same building (keys run building by building)."""
    sections = trapper.district.sections
    near = [number for number in range(key - 12, key + 13) if number in sections and number != key]
    return [number for number in near if sections[number].building == sections[key].building]


def _unknown_student(trapper: Trapper) -> None:
    """An enrollment of a student who isn't in the list of students."""
    district = trapper.district
    for rows, position in _running_rows(trapper, 0.00001):
        ghost = rows[position]._replace(student_id="999999")
        rows.append(ghost)
        district.plant("enrollment_of_unknown_student", ghost.key)
