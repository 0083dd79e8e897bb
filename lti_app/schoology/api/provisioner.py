"""Schoology as the engine sees it: the port, over the REST API."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from lti_app.outbound.errors import NotFound, Permanent, Refused, Transient
from lti_app.school.records import JOINING, Kind
from lti_app.schoology.admins import is_system_admin_role
from lti_app.schoology.api.classes import Courses, Enrollments
from lti_app.schoology.api.client import SchoologyClient
from lti_app.schoology.api.creates import MadeHere, plain
from lti_app.schoology.api.gradebook import GradebookApi
from lti_app.schoology.api.people import ParentLinks, Users
from lti_app.schoology.api.sections import Sections
from lti_app.schoology.api.triggers import TriggersApi
from lti_app.schoology.port import (
    Found,
    GradingPeriod,
    Me,
    Member,
    Outcome,
    Outgoing,
    Role,
    SchoologyBuilding,
)
from lti_app.schoology.words import SchoologyCode, told


class SchoologyApi(GradebookApi, TriggersApi):
    """Implements lti_app.schoology.port.Schoology."""

    def __init__(self, client: SchoologyClient) -> None:
        GradebookApi.__init__(self, client)
        made = MadeHere()
        self._users = Users(client, made)
        self._parent_links = ParentLinks(client, made)
        self._courses = Courses(client, made)
        self._sections = Sections(client, made)
        self._enrollments = Enrollments(client, made)

    def me(self) -> Me:
        """The token's owner. Raises Refused when the token is void or the account is not there any more."""
        uid = str(self._client.get("app-user-info").get("api_uid") or "")
        if not uid:
            raise Transient(**told(SchoologyCode.OWNER_NOT_TOLD), maybe_done=True)
        try:
            return self.person(uid)
        except NotFound as error:
            raise Refused(
                error.message, why=error.reason, method=error.method, url=error.url, status=error.status
            ) from error

    def person(self, uid: str) -> Me:
        """Who a person is: their role, and by its title whether they are a system administrator."""
        user = self._client.get(f"users/{uid}")
        role_id = str(user.get("role_id") or "")
        title = next((role.title for role in self.roles() if role.id == role_id), "")
        name = user.get("name_display") or f"{user.get('name_first', '')} {user.get('name_last', '')}"
        return Me(
            uid,
            str(name).strip(),
            role_id,
            title,
            is_system_admin_role(title),
            str(user.get("tz_name") or ""),
        )

    def roles(self) -> list[Role]:
        """Every role of the organization."""
        return [
            Role(
                str(row["id"]),
                str(row["title"]),
                str(row.get("faculty")) == "1",
                is_system_admin_role(str(row["title"])),
            )
            for row in self._client.pages("roles", "role", counted=True)
        ]

    def buildings(self) -> list[SchoologyBuilding]:
        """Every building of every school; a school without buildings stands for itself."""
        found: list[SchoologyBuilding] = []
        for school in self._schools():
            rows = self._client.pages(f"schools/{school['id']}/buildings", "building", counted=True)
            found += [_building(row) for row in rows] or [_building(school)]
        return found

    def create_building(self, name: str, code: str, address: Mapping[str, str]) -> SchoologyBuilding:
        """Make a building in the organization's first school. Raises Permanent when one with this code, or
        without a code with this name, is there, and when Schoology answers with one that was."""
        before = self.buildings()
        alike = [each for each in before if plain(each.code) == plain(code)] if code else []
        alike = alike or [each for each in before if plain(each.name) == plain(name)]
        if alike:
            raise Permanent(**told(SchoologyCode.BUILDING_THERE, name=alike[0].name))
        body = {
            "title": name,
            "building_code": code,
            **{key: value for key, value in address.items() if value},
        }
        row = self._client.post(f"schools/{self._schools()[0]['id']}/buildings", body)
        made = _id_of(row)
        _must_be_new(made, {each.id for each in before})
        return SchoologyBuilding(made, name, code)

    def _schools(self) -> list[dict[str, Any]]:
        return list(self._client.pages("schools", "school", counted=True))

    def grading_periods(self) -> list[GradingPeriod]:
        """Every grading period; the list's key is gradingperiods and is absent when there is none."""
        rows = self._client.pages("gradingperiods", "gradingperiods", counted=True)
        return [_period(row) for row in rows]

    def create_grading_period(self, title: str, start: date, end: date) -> GradingPeriod:
        """Make a grading period. Raises Permanent when the title is taken, and when Schoology answers with
        one that was there before."""
        before = self.grading_periods()
        if any(plain(each.title) == plain(title) for each in before):
            raise Permanent(**told(SchoologyCode.PERIOD_THERE, name=title))
        body = {"title": title, "start": start.isoformat(), "end": end.isoformat()}
        row = self._client.post("gradingperiods", body)
        made = _id_of(row)
        _must_be_new(made, {each.id for each in before})
        return GradingPeriod(made, title, start, end)

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make at most 50 objects without overwriting any."""
        return {
            Kind.USER: self._users.create,
            Kind.PARENT_LINK: self._parent_links.create,
            Kind.COURSE: self._courses.create,
            Kind.SECTION: self._sections.create,
            Kind.ENROLLMENT: self._enrollments.create,
        }[kind](batch)

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set the fields of at most 50 objects."""
        return {
            Kind.USER: self._users.update,
            Kind.PARENT_LINK: self._parent_links.update,
            Kind.COURSE: self._courses.update,
            Kind.SECTION: self._sections.update,
            Kind.ENROLLMENT: self._enrollments.update,
        }[kind](batch)

    def drop(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        """End at most 50 enrollments or parent links."""
        if kind not in JOINING:
            raise ValueError(f"nothing but what joins two objects is ever removed, and this is a {kind}")
        return {Kind.ENROLLMENT: self._enrollments.drop, Kind.PARENT_LINK: self._parent_links.drop}[kind](
            batch
        )

    def find(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look at most 50 objects up by natural key."""
        return {
            Kind.USER: self._users.find,
            Kind.PARENT_LINK: self._parent_links.find,
            Kind.COURSE: self._courses.find,
            Kind.SECTION: self._sections.find,
            Kind.ENROLLMENT: self._enrollments.find,
        }[kind](batch)

    def users(self, uids: Sequence[str]) -> dict[str, Found | None]:
        """Each of at most 50 users by Schoology id."""
        return self._users.by_id(uids)

    def courses(self) -> Iterator[Found]:
        """Every course."""
        yield from self._courses.every()

    def members(self, section_ids: Sequence[str]) -> dict[str, list[Member] | None]:
        """Who is in each of at most 50 sections."""
        return self._enrollments.members(section_ids)

    def sections(self, course_ids: Sequence[str]) -> dict[str, list[Found]]:
        """The sections under way of at most 50 courses."""
        return self._sections.of_courses(course_ids)

    def inactive_people(self) -> Iterator[Mapping[str, str]]:
        """Every deactivated user."""
        yield from self._users.inactive()

    def reactivate(self, uids: Sequence[str]) -> list[Outcome]:
        """Bring at most 50 deactivated users back."""
        return self._users.reactivate(uids)

    def people(self) -> Iterator[Mapping[str, str]]:
        """Every user as a row of the CSV export."""
        yield from self._users.export()


def _id_of(row: dict[str, Any]) -> str:
    if not row.get("id"):
        raise Transient(**told(SchoologyCode.WITHOUT_ID, what="new object"), maybe_done=True)
    return str(row["id"])


def _must_be_new(schoology_id: str, before: Collection[str]) -> None:
    if schoology_id in before:
        raise Permanent(**told(SchoologyCode.WAS_THERE))


def _building(row: Mapping[str, Any]) -> SchoologyBuilding:
    return SchoologyBuilding(str(row["id"]), str(row.get("title") or ""), str(row.get("building_code") or ""))


def _period(row: Mapping[str, Any]) -> GradingPeriod:
    return GradingPeriod(str(row["id"]), str(row["title"]), _day(row.get("start")), _day(row.get("end")))


def _day(text: Any) -> date | None:
    """A day out of YYYY-MM-DD, with or without a time behind it."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
