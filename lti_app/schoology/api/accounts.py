"""Which account of the organization holds a unique value: what a create of a user could match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lti_app.schoology.api.creates import plain, taken
from lti_app.schoology.port import Outcome

EXPORT_FIELDS = "uid,school_uid,building_nid,name_first,name_middle,name_last,role_name,name,mail,grad_year"
VALUES = {
    "school_uid": ("school_uid", "unique id"),
    "username": ("name", "username"),
    "email": ("mail", "email address"),
}
"""Payload field → column of the export of users, and its name in words."""


class Accounts:
    """Every account at one moment. Values are kept as numbers: a district has many."""

    def __init__(self) -> None:
        self.uids: set[str] = set()
        self._holders: dict[tuple[str, int], str] = {}
        self._given_up: set[tuple[str, str]] = set()

    @classmethod
    def read(
        cls, active: Iterable[Mapping[str, str]], inactive: Iterable[Mapping[str, str]] = ()
    ) -> Accounts:
        """From rows of the export and from the list of deactivated users, whose unique ids are held too."""
        found = cls()
        for row in active:
            found._add(row, VALUES)
        for row in inactive:
            found._add(row, ("school_uid",))
        return found

    def _add(self, row: Mapping[str, str], names: Iterable[str]) -> None:
        uid = str(row.get("uid") or "")
        self.uids.add(uid)
        for name in names:
            if value := plain(row.get(VALUES[name][0])):
                self._holders[name, hash(value)] = uid

    def changed(self, uid: str, fields: Iterable[str]) -> None:
        """An account got other values since: it no longer holds what it held in these fields."""
        self._given_up.update((name, uid) for name in fields if name in VALUES)

    def conflict(self, payload: Mapping[str, Any]) -> Outcome | None:
        """The conflict of a person whose unique id, username or email an account holds; None without one."""
        for name, (_, words) in VALUES.items():
            value = plain(payload.get(name))
            uid = self._holders.get((name, hash(value))) if value else None
            if uid is not None and (name, uid) not in self._given_up:
                return taken("user", words, uid)
        return None
