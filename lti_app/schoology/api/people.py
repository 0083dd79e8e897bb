"""Users and parent links: how they are made without changing any, changed and found."""

from __future__ import annotations

import csv
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence

from lti_app.outbound.errors import NotFound, Refused, Transient
from lti_app.school.records import Kind
from lti_app.schoology.api.accounts import EXPORT_FIELDS, Accounts
from lti_app.schoology.api.client import PAGE, Row, SchoologyClient
from lti_app.schoology.api.creates import MadeHere, by_value, only_new, plain, taken
from lti_app.schoology.api.payloads import neutral, user_row
from lti_app.schoology.api.results import code_of, outcomes
from lti_app.schoology.port import Found, Outcome, Outgoing
from lti_app.schoology.words import SchoologyCode, told

LINKED = "The parent is linked to the student already."
OTHER_UNIQUE_ID = "The parent’s account has another unique id in Schoology now."
KEY_WORDS = ("unique id", "school_uid", "school uid")


class Users:
    """People are known by school_uid, unique over the organization."""

    def __init__(self, client: SchoologyClient, made: MadeHere) -> None:
        self._client, self._made = client, made
        self._guard = threading.Lock()
        self._accounts: Accounts | None = None
        """Every account that was there when the first person was made."""

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make users and mail no one; one whose unique id, username or email an account holds that was there
        before answers conflict, and is not sent."""
        accounts = self.accounts()
        answers = [accounts.conflict(each.payload) for each in batch]
        if not accounts.uids:
            answers = [
                taken("user", "unique id", found.schoology_id) if found else None
                for found in self.find(batch)
            ]
        free = [number for number, answer in enumerate(answers) if answer is None]
        if free:
            made = self._create_free([batch[number] for number in free], accounts.uids)
            for number, outcome in zip(free, made, strict=True):
                answers[number] = outcome
        return [each for each in answers if each is not None]

    def _create_free(self, batch: Sequence[Outgoing], known: Collection[str]) -> list[Outcome]:
        rows = [{**user_row(each.payload), "email_login_info": 0} for each in batch]
        answer = self._client.bulk(
            "POST", "users", {"users": {"user": rows}}, answer_path=["user"], idempotent=False
        )
        made = only_new(outcomes(answer, batch, conflict_words=KEY_WORDS), known)
        self._made.note(made)
        return made

    def accounts(self) -> Accounts:
        """Every account before this client made the first: read once, in two requests or a few more. None of
        them where Schoology does not let the Acting User read them all."""
        with self._guard:
            if self._accounts is None:
                try:
                    self._accounts = Accounts.read(self.export(), self.inactive())
                except (Refused, NotFound):
                    self._accounts = Accounts()
            return self._accounts

    def export(self) -> Iterator[Mapping[str, str]]:
        """Every active user as a row of the organization's CSV export."""
        yield from csv.DictReader(self._client.text("csvexport/users", fields=EXPORT_FIELDS))

    def update(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set the fields of users by id."""
        rows = [{**user_row(each.payload, each.cleared), "id": each.schoology_id} for each in batch]
        answer = self._client.bulk(
            "PUT", "users", {"users": {"user": rows}}, answer_path=["user"], idempotent=True
        )
        said = outcomes(answer, batch, conflict_words=KEY_WORDS)
        with self._guard:
            for item, outcome in zip(batch, said, strict=True):
                if outcome.ok and self._accounts is not None:
                    self._accounts.changed(item.schoology_id, {*item.payload, *item.cleared})
        return said

    def find(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look users up by unique id."""
        keys = [str(each.payload["school_uid"]) for each in batch]
        rows = self._client.pages("users", "user", school_uids=",".join(keys), limit=PAGE, most=len(keys))
        there = by_value(rows, "school_uid")
        return [
            Found(str(row.get("uid") or row.get("id")), neutral(Kind.USER, row))
            if (row := there(key))
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
    body, code = answer.get("body"), code_of(answer) or 200
    if code == 404:
        return None
    if not isinstance(body, dict):
        raise Transient(**told(SchoologyCode.USER_NOT_TOLD), url="multiget", status=code)
    return Found(uid, neutral(Kind.USER, body))


class ParentLinks:
    """A parent and a child; sending one twice changes nothing."""

    def __init__(self, client: SchoologyClient, made: MadeHere) -> None:
        self._client, self._made = client, made

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Join parents and children by their unique ids. A link that was there before answers conflict and is
        not sent; a parent whose account has another unique id by now is refused, because the call would reach
        another account."""
        there = self._families({each.refs["parent"] for each in batch} - self._made.ids())
        said = [_stands(each, there.get(each.refs["parent"])) for each in batch]
        free = [number for number, answer in enumerate(said) if answer is None]
        if free:
            for number, outcome in zip(free, self._join([batch[n] for n in free]), strict=True):
                said[number] = outcome
        return [each for each in said if each is not None]

    def _join(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Join what was not joined before. Where the answer is lost, each outcome is ambiguous and carries
        its id: a link that is found later was made by this call."""
        try:
            return self.update(batch)
        except Transient as error:
            if not error.maybe_done:
                raise
            return [
                Outcome(ok=False, schoology_id=_link_id(each), words=error.message, ambiguous=True)
                for each in batch
            ]

    def find(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look parent links up in the parents' accounts, by the Schoology ids of both people."""
        there = self._families({each.refs["parent"] for each in batch})
        return [_found(each, there.get(each.refs["parent"])) for each in batch]

    def drop(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """End parent links. One that is not there is ended already; where the parent's account has another
        unique id by now, the call would reach another account, so that is refused."""
        there = self._families({each.refs["parent"] for each in batch})
        said = [_ended(each, there.get(each.refs["parent"])) for each in batch]
        todo = [number for number, answer in enumerate(said) if answer is None]
        if todo:
            answers = self._associate([batch[number] for number in todo], delete=1)
            for number, outcome in zip(todo, answers, strict=True):
                said[number] = outcome
        return [each for each in said if each is not None]

    def _families(self, parents: Collection[str]) -> dict[str, Family | None]:
        uids = sorted(parents)
        answers = self._client.read_many([f"users/{each}" for each in uids]) if uids else []
        return {uid: _family(answer) for uid, answer in zip(uids, answers, strict=True)}

    def update(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Join parents and children by their unique ids, whether they are joined already or not."""
        return self._associate(batch)

    def _associate(self, batch: Sequence[Outgoing], **more: int) -> list[Outcome]:
        rows = [
            {
                "student_school_uid": each.payload["student_uid"],
                "parent_school_uid": each.payload["parent_uid"],
                **more,
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
                schoology_id=_link_id(item),
                code=each.code,
                words=each.words,
                ambiguous=each.ambiguous,
            )
            for each, item in zip(said, batch, strict=True)
        ]


Family = tuple[str, frozenset[str]]
"""A parent's unique id, and the ids of the children."""


def _family(answer: Row) -> Family | None:
    """None for a parent who is gone. Raises Transient for an answer that does not tell."""
    found, body = _user("", answer), answer.get("body")
    if found is None or not isinstance(body, dict):
        return None
    children = str(body.get("child_uids") or "").split(",")
    return str(found.fields["school_uid"]), frozenset(each.strip() for each in children if each.strip())


def _stands(item: Outgoing, family: Family | None) -> Outcome | None:
    """What stands against making a parent link, if anything."""
    if family is None:
        return None
    school_uid, children = family
    if plain(school_uid) != plain(item.payload["parent_uid"]):
        return Outcome(ok=False, code=409, words=OTHER_UNIQUE_ID)
    if item.refs["student"] in children:
        return Outcome(ok=False, code=409, schoology_id=_link_id(item), words=LINKED, conflict=True)
    return None


def _ended(item: Outgoing, family: Family | None) -> Outcome | None:
    """What stands against ending a parent link: that it is ended, or that it is another account's."""
    if family is None or item.refs["student"] not in family[1]:
        return Outcome(ok=True, code=204)
    if plain(family[0]) != plain(item.payload["parent_uid"]):
        return Outcome(ok=False, code=409, words=OTHER_UNIQUE_ID)
    return None


def _found(item: Outgoing, family: Family | None) -> Found | None:
    if family is None or item.refs["student"] not in family[1]:
        return None
    return Found(_link_id(item), {"parent_uid": family[0]})


def _link_id(item: Outgoing) -> str:
    """What the app calls a parent link: Schoology gives it no id."""
    return f"{item.payload['student_uid']}:{item.payload['parent_uid']}"
