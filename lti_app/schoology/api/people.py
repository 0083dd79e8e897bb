"""Users and parent links: how they are made, changed and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lti_app.outbound.errors import Transient
from lti_app.school.records import Kind
from lti_app.schoology.api.client import PAGE, Row, SchoologyClient
from lti_app.schoology.api.payloads import neutral, user_row
from lti_app.schoology.api.results import outcomes
from lti_app.schoology.port import Found, Outcome, Outgoing

KEY_WORDS = ("unique id", "school_uid", "school uid")


class Users:
    """People are known by school_uid, unique over the organisation."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make users and mail nobody; one whose unique id is there answers conflict."""
        rows = [{**user_row(each.payload), "email_login_info": 0} for each in batch]
        answer = self._client.bulk(
            "POST", "users", {"users": {"user": rows}}, answer_path=["user"], idempotent=False
        )
        return outcomes(answer, batch, conflict_words=KEY_WORDS)

    def update(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set the fields of users by id."""
        rows = [{**user_row(each.payload, each.cleared), "id": each.schoology_id} for each in batch]
        answer = self._client.bulk(
            "PUT", "users", {"users": {"user": rows}}, answer_path=["user"], idempotent=True
        )
        return outcomes(answer, batch, conflict_words=KEY_WORDS)

    def find(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look users up by unique id."""
        keys = [str(each.payload["school_uid"]) for each in batch]
        rows = self._client.pages("users", "user", school_uids=",".join(keys), limit=PAGE, most=len(keys))
        there = {str(row.get("school_uid")): row for row in rows}
        return [
            Found(str(row.get("uid") or row.get("id")), neutral(Kind.USER, row))
            if (row := there.get(key))
            else None
            for key in keys
        ]

    def by_id(self, uids: Sequence[str]) -> dict[str, Found | None]:
        """Users by Schoology id, one multiget for all."""
        answers = self._client.read_many([f"users/{each}" for each in uids])
        return {uid: _user(uid, answer) for uid, answer in zip(uids, answers, strict=True)}

    def inactive(self) -> Iterator[Mapping[str, str]]:
        """Every deactivated user, page after page."""
        for row in self._client.pages("users/inactive", "user", counted=True):
            yield {name: str(row.get(name) or "") for name in ("uid", "name", "school_uid")}

    def reactivate(self, uids: Sequence[str]) -> list[Outcome]:
        """Bring deactivated users back with their enrollments."""
        rows = [{"uid": each, "option_reenroll": 1} for each in uids]
        answer = self._client.bulk(
            "PUT", "users/reactivate", {"user": rows}, answer_path=["user"], idempotent=True
        )
        return outcomes(answer, [Outgoing({}, schoology_id=each) for each in uids])


def _user(uid: str, answer: Row) -> Found | None:
    """A user out of a part of a multiget, or None for one that is gone. Raises Transient for another part."""
    body, code = answer.get("body"), int(answer.get("response_code") or 200)
    if code == 404:
        return None
    if not isinstance(body, dict):
        raise Transient("Schoology did not say who a user is.", url="multiget", status=code)
    return Found(uid, neutral(Kind.USER, body))


class ParentLinks:
    """A parent and a child; sending one twice changes nothing."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Join parents and children by their unique ids."""
        rows = [
            {
                "student_school_uid": each.payload["student_uid"],
                "parent_school_uid": each.payload["parent_uid"],
            }
            for each in batch
        ]
        answer = self._client.bulk(
            "POST",
            "users/import/associations/parents",
            {"associations": {"association": rows}},
            answer_path=["association"],
            idempotent=True,
        )
        said = outcomes(answer, batch)
        return [
            Outcome(
                ok=each.ok,
                schoology_id=f"{item.payload['student_uid']}:{item.payload['parent_uid']}",
                code=each.code,
                words=each.words,
                ambiguous=each.ambiguous,
            )
            for each, item in zip(said, batch, strict=True)
        ]
