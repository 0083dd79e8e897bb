"""users, users/…, csvexport and parent associations of the sandbox's REST API."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, redirect, request

from lti_app.sandbox.schoology.http import (
    Refused,
    admin_only,
    answer,
    base,
    body,
    caller,
    change_many,
    create_one_or_many,
    csv_query,
    done,
    find,
    is_admin,
    listing,
    number,
    one_by_one,
    store,
    toggles,
    told,
)
from lti_app.sandbox.schoology.objects import StoreError, User
from lti_app.sandbox.schoology.wire import user_row

blueprint = Blueprint("v1_people", __name__, url_prefix="/v1")
Row = dict[str, Any]
NUMBERS = ("role_id", "building_id", "synced")
IGNORED = ("uid", "id", "links", "school_id", "password", "email_login_info", "inactive", "mailed")
EXPORT = {
    "uid": lambda user: user.uid,
    "school_uid": lambda user: user.school_uid,
    "building_nid": lambda user: user.building_id,
    "name_first": lambda user: user.name_first,
    "name_middle": lambda user: user.name_middle,
    "name_last": lambda user: user.name_last,
    "name": lambda user: user.username,
    "mail": lambda user: user.primary_email,
    "grad_year": lambda user: user.grad_year,
    "position": lambda user: user.position,
    "birthday": lambda user: user.birthday_date,
    "gender": lambda user: user.gender,
}


def _row(user: User) -> Row:
    return user_row(store(), user, base())


def _active() -> list[User]:
    return [user for user in store().users.values() if not user.inactive]


@blueprint.get("/app-user-info")
def app_user_info() -> Response:
    """Who the token belongs to."""
    if not caller().uid:
        raise Refused(401)
    return answer({"api_uid": caller().uid, "web_session_timestamp": int(store().clock())})


@blueprint.get("/users")
def list_users() -> Response:
    """Users, filtered by building, roles or unique ids."""
    admin_only()
    keys = csv_query("school_uids")
    if keys:
        found = [user for key in keys if (user := store().user_with("school_uid", key))]
        rows = [user for user in found if not user.inactive]
    else:
        rows = _active()
    if request.args.get("building_id"):
        rows = [user for user in rows if str(user.building_id) == request.args["building_id"]]
    if roles := csv_query("role_ids"):
        rows = [user for user in rows if str(user.role_id) in roles]
    return answer(listing("user", rows, _row))


@blueprint.get("/users/me")
def me() -> Any:
    """303 to the caller's own user."""
    if not caller().uid:
        raise Refused(401)
    return redirect(f"{base()}/users/{caller().uid}", 303)


@blueprint.get("/users/ext/<school_uid>")
def by_school_uid(school_uid: str) -> Any:
    """303 to the user with a unique id."""
    user = store().user_with("school_uid", school_uid)
    if user is None:
        raise Refused(404)
    return redirect(f"{base()}/users/{user.uid}", 303)


@blueprint.get("/users/inactive")
def inactive() -> Response:
    """Soft-deleted users."""
    admin_only()
    rows = [user for user in store().users.values() if user.inactive]
    return answer(
        listing(
            "user",
            rows,
            lambda user: {
                "uid": user.uid,
                "name": user.name,
                "school_uid": user.school_uid,
                "synced": user.synced,
                "inactive_timestamp": user.inactive_timestamp,
                "modified_by_uid": 0,
            },
        )
    )


@blueprint.get("/users/<uid>")
def one_user(uid: str) -> Response:
    """A user; people other than administrators see themselves only."""
    user = store().users.get(number(uid))
    if user is None or user.inactive:
        raise Refused(404)
    if not is_admin() and caller().uid != user.uid:
        raise Refused(403)
    return answer(_row(user))


@blueprint.get("/csvexport/users")
def export() -> Response:
    """The whole organization as CSV in one answer."""
    admin_only()
    fields = [each for each in csv_query("fields") if each in EXPORT or each == "role_name"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(fields)
    for user in _active():
        writer.writerow(
            [
                store().roles[user.role_id].title if field == "role_name" else EXPORT[field](user)
                for field in fields
            ]
        )
    return Response(out.getvalue(), mimetype="text/csv")


def _fields(item: Row) -> Row:
    """The writable fields of an item, numbers as numbers."""
    found: Row = {}
    for name, value in item.items():
        if name in IGNORED or value is None:
            continue
        found[name] = int(value) if name in NUMBERS and str(value).strip() else str(value)
    return found


def _create(item: Row) -> Row:
    fields = _fields(item)
    if not fields.get("school_uid"):
        raise StoreError("The field school_uid is required.")
    there = store().user_with("school_uid", fields["school_uid"])
    if there and request.args.get("update_existing"):
        if there.inactive:
            raise StoreError("The user is inactive.")
        return _named(store().update_user(there.uid, **fields))
    same = _taken_for(fields)
    if same is not None:
        updated = store().update_user(same.uid, **{**fields, "inactive": False})
        return {**_named(updated), **told("user", updated=True)}
    conflict = request.args.get("email_conflict_resolution") or request.args.get("ignore_email_conflicts")
    email = str(fields.get("primary_email") or "").lower()
    if conflict and store().user_with("primary_email", email):
        fields["primary_email"] = ""
        fields.setdefault("username", email.partition("@")[0] or fields["school_uid"])
    made = store().add_user(**fields)
    made.mailed = str(item.get("email_login_info", "0")) == "1"
    return _named(made)


def _taken_for(fields: Row) -> User | None:
    """The account that a create updates instead, where a toggle says so."""
    how = toggles().user_create_updates
    name = {"unique_id": "school_uid", "inactive": "school_uid", "email": "primary_email"}.get(how, how)
    if name == "nothing":
        return None
    found = store().user_with(name, str(fields.get(name) or ""))
    return found if found is not None and found.inactive == (how == "inactive") else None


def _named(user: User) -> Row:
    return {"id": str(user.uid), "school_uid": user.school_uid, "location": f"{base()}/users/{user.uid}"}


@blueprint.post("/users")
def create_users() -> Response:
    """One user (201), or up to 50 (207)."""
    admin_only()
    return create_one_or_many("users", "user", _create, lambda made: _row(store().users[made]))


@blueprint.put("/users")
def update_users() -> Response:
    """Up to 50 users by id."""
    admin_only()
    return change_many(
        "users", "user", lambda item: _named(_update(int(item.get("id") or item["uid"]), item))
    )


def _update(uid: int, item: Row) -> User:
    user = store().users.get(uid)
    if user is None or user.inactive:
        raise StoreError("User not found.", 404)
    return store().update_user(uid, **_fields(item))


@blueprint.put("/users/<uid>")
def update_user(uid: str) -> Response:
    """One user."""
    admin_only()
    _update(number(uid), body())
    return done()


@blueprint.put("/users/reactivate")
def reactivate() -> Response:
    """Bring soft-deleted users back."""
    admin_only()

    def work(item: Row) -> Row:
        user = store().update_user(int(item["uid"]), inactive=False, inactive_timestamp=0)
        return {"id": str(user.uid), "message": "The user was reactivated."}

    return change_many("users", "user", work)


@blueprint.delete("/users/<uid>")
def delete_user(uid: str) -> Response:
    """Soft delete."""
    admin_only()
    store().deactivate_user(find(store().users, uid).uid)
    return done()


@blueprint.delete("/users")
def delete_users() -> Response:
    """Soft delete of up to 50."""
    admin_only()

    def work(item: Row) -> Row:
        store().deactivate_user(int(item["id"]))
        return item

    items = [{"id": each} for each in csv_query("uids")[:50]]
    return answer({"user": one_by_one(items, work)}, 207)


@blueprint.post("/users/import/associations/parents")
def parents() -> Response:
    """Join or part parents and children by their unique ids."""
    admin_only()

    def work(item: Row) -> Row:
        keys = (str(item["student_school_uid"]), str(item["parent_school_uid"]))
        student, parent = (store().user_with("school_uid", key) for key in keys)
        if student is None or parent is None:
            raise StoreError("The student or the parent does not exist.", 404)
        store().link_family(student.uid, parent.uid, delete=bool(item.get("delete")))
        return {
            "student_school_uid": keys[0],
            "student_uid": str(student.uid),
            "parent_school_uid": keys[1],
            "parent_uid": str(parent.uid),
        }

    return change_many("associations", "association", work)
