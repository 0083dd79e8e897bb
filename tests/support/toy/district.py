"""A made-up district of the toy: two schools, one term, a teacher who is a parent, a course of no one's."""

from __future__ import annotations

from typing import Any

from tests.support.toy.server import ToyServer

NORTH, SOUTH = "org:nord/1", "org:süd|2"
TERM = "term:2026/27"
BOTH = "urn:p/0:teacher & parent"
"""A teacher of NORTH whose child goes to school in SOUTH."""
CHILD = "urn:p/9:α"
PARENT = "urn:p/p|1"
LEFT = "urn:p/8:left"
"""A student whose seat ended."""
CLASS = "urn:cls/7 é|a"
OTHER = "urn:cls/7 é"
"""A class whose id is the beginning of another's."""


def toy_district() -> ToyServer:
    """Twelve students, three teachers, two parents; three classes."""
    north = [f"urn:p/{number}:é" for number in range(1, 8)]
    south = [CHILD, LEFT, "10/urn:p", "11|urn:p", "12 urn:p"]
    people = [_person(each, "pupil", NORTH) for each in north]
    people += [_person(each, "pupil", SOUTH) for each in south]
    people += [_person("urn:t/1", "teacher", NORTH), _person("urn:t/2", "teacher", SOUTH)]
    both = {**_person(BOTH, "teacher", NORTH), "is": ["teacher", "parent"], "schools": [NORTH, SOUTH]}
    people += [both, _person(PARENT, "parent", NORTH), _person("urn:o/1", "office", SOUTH)]
    seats = [_seat(CLASS, each) for each in north]
    seats += [_seat(OTHER, each, to="2026-10-01" if each == LEFT else "") for each in south]
    seats += [_seat("plain", each) for each in north[:3]]
    seats += [_seat(CLASS, BOTH, leads=True), _seat(OTHER, "urn:t/2", leads=True)]
    seats += [_seat("plain", "urn:t/1", leads=True)]
    server = ToyServer(
        records={
            "schools": [_school(NORTH, "North School", "N"), _school(SOUTH, "South School", "S")],
            "terms": [
                {
                    "id": TERM,
                    "name": "School Year",
                    "from": "2026-08-24",
                    "to": "2027-06-12",
                    "year": 2027,
                }
            ],
            "people": people,
            "ties": [_tie(BOTH, CHILD, "parent"), _tie(PARENT, north[0], "parent")]
            + [_tie(PARENT, north[1], "relative")],
            "courses": [
                {"id": "crs:1/Ω", "code": "MATH:1", "title": "Mathematics", "schools": []},
                {"id": "crs:2", "code": "ART", "title": "Art", "schools": [NORTH]},
                {"id": "crs:3|x", "code": "GYM", "title": "Gym", "schools": [NORTH, SOUTH]},
                {"id": "crs:4", "code": "LAB", "title": "Lab", "schools": [SOUTH]},
                {"id": "crs:5", "code": "MUS", "title": "Music", "schools": [SOUTH]},
            ],
            "classes": [
                _class(CLASS, "crs:1/Ω", NORTH, "A"),
                _class(OTHER, "crs:1/Ω", SOUTH, "B"),
                _class("plain", "crs:2", NORTH, "C"),
            ],
            "seats": seats,
        }
    )
    for each in server.records["classes"]:
        server.classes[each["id"]] = [
            row["person"]
            for row in seats
            if row["class"] == each["id"] and not row["teaches"] and not row["to"]
        ]
    return server


def _school(key: str, name: str, short: str) -> dict[str, Any]:
    return {"id": key, "name": name, "short": short}


def _person(key: str, what: str, school: str) -> dict[str, Any]:
    login = "".join(each for each in key if each.isascii() and each.isalnum())
    return {
        "id": key,
        "number": f"no-{login}",
        "is": [what],
        "given": "Given",
        "family": f"Family {login}",
        "mail": f"{login}@toy.example",
        "login": login,
        "schools": [school],
    }


def _tie(adult: str, child: str, kind: str) -> dict[str, Any]:
    return {"id": f"{adult}+{child}", "adult": adult, "child": child, "as": kind}


def _class(key: str, course: str, school: str, number: str) -> dict[str, Any]:
    return {
        "id": key,
        "course": course,
        "school": school,
        "number": number,
        "title": f"Class {number}",
        "term": TERM,
    }


def _seat(section: str, person: str, *, leads: bool = False, to: str = "") -> dict[str, Any]:
    return {
        "id": f"{section}+{person}",
        "class": section,
        "person": person,
        "teaches": leads,
        "leads": leads,
        "from": "2026-08-24" if to else "",
        "to": to,
    }
