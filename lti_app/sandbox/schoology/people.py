"""People of the sandbox Schoology: unique ids, usernames, email addresses, roles and families."""

from __future__ import annotations

import re
from typing import Any

from lti_app.sandbox.schoology.memory import Memory
from lti_app.sandbox.schoology.objects import StoreError, User

USERNAME = re.compile(r"[A-Za-z0-9._~-]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class People(Memory):
    """The accounts of the organization."""

    def add_user(self, **fields: Any) -> User:
        """Make a user. Raises StoreError for a missing field or a key that is taken."""
        with self.lock:
            self._check_user(fields, None)
            known = {name: value for name, value in fields.items() if name in User.__slots__}
            known.setdefault("school_uid", "")
            known.setdefault("building_id", self.school.id)
            made = User(uid=self.new_id(), **known)
            if not made.username and made.primary_email:
                made.username = ""
            self.users[made.uid] = made
            self._index_user(made)
            self.traffic.wrote("user")
            return made

    def update_user(self, uid: int, **fields: Any) -> User:
        """Change the fields that are given and leave the others alone."""
        with self.lock:
            user = self.users.get(uid)
            if user is None:
                raise StoreError("User not found.", 404)
            merged = {name: getattr(user, name) for name in User.__slots__} | fields
            self._check_user(merged, user)
            self._unindex_user(user)
            for name, value in fields.items():
                if name in User.__slots__ and name != "uid":
                    setattr(user, name, value)
            self._index_user(user)
            self.traffic.wrote("user")
            return user

    def deactivate_user(self, uid: int) -> None:
        """Soft delete; the person keeps the enrollments."""
        self.update_user(uid, inactive=True, inactive_timestamp=int(self.clock()))
        self.revoke_tokens(uid)

    def _check_user(self, fields: dict[str, Any], user: User | None) -> None:
        for name in ("name_first", "name_last", "role_id"):
            if not fields.get(name):
                raise StoreError(f"The field {name} is required.")
        if not fields.get("username") and not fields.get("primary_email"):
            raise StoreError("A username or an email address is required.")
        if fields.get("username") and not USERNAME.fullmatch(fields["username"]):
            raise StoreError("The username contains characters that are not allowed.")
        if fields.get("primary_email") and not EMAIL.fullmatch(fields["primary_email"]):
            raise StoreError("The email address is not valid.")
        if int(fields["role_id"]) not in self.roles:
            raise StoreError("The role does not exist.")
        uid = user.uid if user else None
        taken = (
            (
                "school_uid",
                self.user_by_school_uid,
                "A user with this Unique ID already exists.",
            ),
            ("username", self.user_by_username, "The username is already in use."),
            ("primary_email", self.user_by_email, "The email address is already in use."),
        )
        for name, index, words in taken:
            key = self.key(name, str(fields.get(name) or ""))
            if key and index.get(key, uid) != uid:
                raise StoreError(words)

    def _index_user(self, user: User) -> None:
        for index, key in self._user_keys(user):
            if key:
                index[key] = user.uid

    def _unindex_user(self, user: User) -> None:
        for index, key in self._user_keys(user):
            index.pop(key, None)

    def _user_keys(self, user: User) -> tuple[tuple[dict[str, int], str], ...]:
        return (
            (self.user_by_school_uid, self.key("school_uid", user.school_uid)),
            (self.user_by_username, self.key("username", user.username)),
            (self.user_by_email, self.key("primary_email", user.primary_email)),
        )

    def user_with(self, name: str, value: str) -> User | None:
        """The account that holds a unique value: school_uid, username or primary_email."""
        indexes = {
            "school_uid": self.user_by_school_uid,
            "username": self.user_by_username,
            "primary_email": self.user_by_email,
        }
        uid = indexes[name].get(self.key(name, value)) if value else None
        return self.users[uid] if uid is not None else None

    def link_family(self, student_uid: int, parent_uid: int, *, delete: bool = False) -> None:
        """Join or part a parent and a child."""
        with self.lock:
            student, parent = self.users[student_uid], self.users[parent_uid]
            change = set.discard if delete else set.add
            change(student.parent_uids, parent_uid)
            change(parent.child_uids, student_uid)
            self.traffic.wrote("parent_link")

    def is_admin(self, uid: int) -> bool:
        """Whether a person administers the organization."""
        user = self.users.get(uid)
        return user is not None and not user.inactive and self.roles[user.role_id].admin

    def revoke_tokens(self, uid: int) -> None:
        """Take back every permission that a person gave."""
        with self.lock:
            for key in [key for key, each in self.tokens.items() if each.uid == uid]:
                del self.tokens[key]
