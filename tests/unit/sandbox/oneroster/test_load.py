# ruff: noqa: E501  the header lines of OneRoster files are long
"""OneRoster bundles load by the mapping that roster.py tells; bad ones say where and what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lti_app.sandbox.district.records import ContactOf, District, StaffBuilding
from lti_app.sandbox.oneroster.load import RosterError, load_oneroster

TODAY = date(2026, 11, 23)
FILES = {
    "orgs.csv": """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
d,active,,Marsh County Schools,district,1,
a,active,,Ash School,school,10,d
b,active,,Birch School,school,20,d
""",
    "academicSessions.csv": """sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
y,active,,2026-2027,schoolYear,2026-08-17,2027-06-04,,2026-2027
t1,active,,Fall,term,2026-08-17,2026-12-18,y,2027
t2,active,,Spring,term,2027-01-04,2027-06-04,y,2027
""",
    "courses.csv": """sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
c1,active,,y,Algebra,MATH-ALGEBRA-ONE,09,d,Mathematics,
c2,active,,y,Algebra Plus,MATH-ALGEBRA-TWO,09,d,Mathematics,
c3,active,,y,Art,,09,d,,
""",
    "classes.csv": """sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
k1,active,,Algebra blue,09,c1,A-1,scheduled,,a,"t1,t2",,,3
k2,tobedeleted,,Gone,09,c1,A-2,scheduled,,a,t1,,,
k3,active,,Algebra plus,09,c2,A-3,scheduled,,a,t1,,,
k4,active,,Algebra red,09,c1,A-4,scheduled,,a,t2,,,
k5,active,,Art,09,c3,A-5,scheduled,,b,t1,,,
""",
    "users.csv": """sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
s1,active,,true,"a,b",student,ann.lee,,Ann,Lee,May,0001,ann@x.example,,,p1,09,
s2,active,,false,b,student,bob.longusername,,Bob,Roe,,,,,,,"09,10",
s3,tobedeleted,,true,a,student,gone,,Gone,Away,,0003,,,,,09,
e1,active,,true,"b,a",teacher,tom,,Tom,Fox,,7,tom@x.example,,,,,
e2,active,,true,a,teacher,tess,,Tess,Elm,,8,,,,,,
e3,active,,true,d,administrator,amy,,Amy,Orr,,9,amy@x.example,,,,,
e4,active,,true,a,counselor,cal,,Cal,Poe,,0001,cal@x.example,,,,,
p1,active,,true,a,guardian,pat,,Pat,Lee,,,pat@x.example,,,s2,,
""",
    "enrollments.csv": """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
n1,active,,k1,a,e2,teacher,false,,
n2,active,,k1,a,e1,teacher,true,,
n3,active,,k1,a,s1,student,,2026-08-17,2027-06-04
n4,active,,k3,a,s1,student,,2026-08-17,2026-09-30
n5,active,,k3,a,s1,student,,2026-10-12,
n6,active,,k5,b,s2,student,,,2026-11-20
n7,active,,k5,b,s1,student,,2026-09-01,2026-12-01
n8,tobedeleted,,k5,b,s1,student,,2026-09-01,
n9,active,,k2,a,s1,student,,2026-08-17,
n10,active,,k1,a,s3,student,,2026-08-17,
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def district(folder: Path) -> District:
    return load_oneroster(folder, TODAY)


def test_schools_become_buildings_by_their_identifier(district: District) -> None:
    assert district.name == "Marsh County Schools"
    assert {key: (row.name, row.abbreviation) for key, row in district.buildings.items()} == {
        10: ("Ash School", "10"),
        20: ("Birch School", "20"),
    }


def test_schools_without_usable_identifiers_are_numbered(folder: Path) -> None:
    (folder / "orgs.csv").write_text(FILES["orgs.csv"].replace(",20,", ",B-2,"), encoding="utf-8")
    assert {key: row.abbreviation for key, row in load_oneroster(folder, TODAY).buildings.items()} == {
        1: "10",
        2: "B-2",
    }


def test_every_building_has_the_terms_but_not_an_unused_year(district: District) -> None:
    assert [
        (row.building, row.marking_period, row.description, row.school_year) for row in district.terms
    ] == [
        (10, "T1", "Fall", 2027),
        (20, "T1", "Fall", 2027),
        (10, "T2", "Spring", 2027),
        (20, "T2", "Spring", 2027),
    ]


def test_students_take_identifier_or_the_start_of_the_username(district: District) -> None:
    assert list(district.students) == ["0001", "bob.longus"]
    ann, bob = district.students.values()
    assert (ann.building, ann.other_buildings, ann.email, ann.grade, ann.status) == (
        *(10, (20,), "ann@x.example", "09", "A"),
    )
    assert (bob.login_id, bob.contacts, bob.status) == ("bob.longusername", (), "I")


def test_staff_have_a_row_for_each_building(district: District) -> None:
    assert district.staff["7"].buildings == (
        StaffBuilding(20, True, True, False),
        StaffBuilding(10, False, True, False),
    )
    assert district.staff["9"].buildings == ()
    assert district.staff["0001"].buildings == (StaffBuilding(10, True, False, True),)


def test_guardians_become_contacts_named_from_either_side(district: District) -> None:
    (contact,) = district.contacts.values()
    assert (contact.contact_id, contact.email) == (8, "pat@x.example")
    assert contact.students == (
        ContactOf("0001", "G", "GUARD", 10),
        ContactOf("bob.longus", "G", "GUARD", 20),
    )


def test_courses_exist_per_building_and_codes_stay_unique(district: District) -> None:
    assert {key: row.description for key, row in district.courses.items()} == {
        (10, "MATH-ALGEB"): "Algebra",
        (10, "MATH-ALGE2"): "Algebra Plus",
        (20, "C3"): "Art",
    }


def test_classes_become_sections_by_their_row(district: District) -> None:
    assert {key: (row.course, row.course_section) for key, row in district.sections.items()} == {
        1: ("MATH-ALGEB", 1),
        3: ("MATH-ALGE2", 1),
        4: ("MATH-ALGEB", 2),
        5: ("C3", 1),
    }
    first = district.sections[1].sessions[0]
    assert (first.primary_staff_id, first.co_staff_ids, first.marking_periods) == ("7", ("8",), ("T1", "T2"))
    assert (first.period, first.receive_mark, district.sections[1].description) == ("3", True, "Algebra blue")


def test_enrollments_keep_their_ranges(district: District) -> None:
    found = {row.key: (row.status, row.ranges) for row in district.all_enrollments()}
    start, fall = date(2026, 8, 17), date(2026, 8, 17)
    assert found == {
        "1|0001": ("A", ((start, None),)),
        "3|0001": ("A", ((start, date(2026, 9, 30)), (date(2026, 10, 12), None))),
        "5|bob.longus": ("D", ((fall, date(2026, 11, 20)),)),
        "5|0001": ("A", ((date(2026, 9, 1), date(2026, 12, 1)),)),
    }


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (
            "orgs.csv",
            "identifier",
            "number",
            "orgs.csv, line 1, column identifier: is missing from the header",
        ),
        ("orgs.csv", ",school,", ",campus,", "orgs.csv, column type: no org is a school"),
        ("users.csv", "e2,active,,true,a,teacher", "e2,active,,true,a", "users.csv, line 6: has 17 values"),
        (
            "users.csv",
            "Bob,Roe,,,",
            "Bob,Roe,,0001,",
            "users.csv, line 3, column identifier: '0001' was used",
        ),
        ("users.csv", "s2,active", "s1,active", "users.csv, line 3, column sourcedId: was used on line 2"),
        (
            "users.csv",
            'true,"a,b",student',
            "true,d,student",
            "line 2, column orgSourcedIds: names no school",
        ),
        (
            "classes.csv",
            "09,c3,",
            "09,c9,",
            "classes.csv, line 6, column courseSourcedId: 'c9' is no sourcedId",
        ),
        ("classes.csv", ",,b,t1,", ",,d,t1,", "classes.csv, line 6, column schoolSourcedId: is no school"),
        ("classes.csv", ",,b,t1,", ",,b,t9,", "column termSourcedIds: 't9' is no sourcedId"),
        ("enrollments.csv", "k5,b,s2,", "k5,b,zz,", "line 7, column userSourcedId: 'zz' is no sourcedId"),
        ("enrollments.csv", "2026-11-20", "20.11.2026", "line 7, column endDate: '20.11.2026' is not a date"),
        ("enrollments.csv", "s2,student", "s2,teacher", "line 7, column role: is teacher, but"),
        ("academicSessions.csv", "2026-12-18", "2026-01-18", "line 3, column endDate: is before startDate"),
        ("academicSessions.csv", "2026-12-18", "", "line 3, column endDate: is blank"),
    ],
)
def test_bad_files_name_file_line_column_and_remedy(
    folder: Path, name: str, old: str, new: str, complaint: str
) -> None:
    assert old in FILES[name]
    (folder / name).write_text(
        FILES[name].replace(old, new, 1 if name != "orgs.csv" else -1), encoding="utf-8"
    )
    with pytest.raises(RosterError) as caught:
        load_oneroster(folder, TODAY)
    assert complaint in str(caught.value)


def test_missing_files_and_folders_are_named(folder: Path) -> None:
    (folder / "courses.csv").unlink()
    with pytest.raises(RosterError, match=r"courses\.csv: is missing"):
        load_oneroster(folder, TODAY)
    with pytest.raises(RosterError, match="is not a folder"):
        load_oneroster(folder / "nowhere", TODAY)


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "orgs.csv").write_bytes(FILES["orgs.csv"].replace("Ash", "Esché").encode("latin-1"))
    with pytest.raises(RosterError, match="not CSV in UTF-8"):
        load_oneroster(folder, TODAY)
