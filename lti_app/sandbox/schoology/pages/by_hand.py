"""What people do in Schoology behind the app's back, and the switches of the app's install."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_app.sandbox.schoology.objects import StoreError
from lti_app.sandbox.schoology.pages.common import page, section_or_404, the_platform, the_store, user_or_404
from lti_app.sandbox.schoology.pages.views import find_people, person_row
from lti_app.sandbox.schoology.store import ADMIN


@page("/by-hand")
def by_hand() -> str:
    """System administrators, the app's install and keys, and where the other changes are made."""
    store = the_store()
    admins = [
        (person_row(store, user), sum(token.uid == user.uid for token in store.tokens.values()))
        for user in find_people(store, role=ADMIN)
    ]
    return render_template(
        "schoology/by_hand.html", admins=admins, keys=the_platform().keys.as_jwks()["keys"]
    )


@page("/by-hand/install", "POST")
def change_install() -> Response:
    """Change who the app is installed for, and what its launches send."""
    platform, form = the_platform(), request.form
    courses, users = form.get("courses", ""), form.get("users", "")
    if courses in ("off", "course admins", "all members"):
        platform.courses = courses  # type: ignore[assignment]  # narrowed by the line above
    if users in ("off", "everyone"):
        platform.users = users  # type: ignore[assignment]
    platform.send_name, platform.send_email = "send_name" in form, "send_email" in form
    platform.course_admin_is_administrator = "course_admin_is_administrator" in form
    flash("The install was changed.", "done")
    return redirect(url_for(".by_hand"))


@page("/by-hand/keys", "POST")
def change_keys() -> Response:
    """Rotate the signing key, or stop serving the old ones."""
    platform = the_platform()
    if "rotate" in request.form:
        flash(f"The new key {platform.rotate()} now signs tokens.", "done")
    elif "retire" in request.form:
        platform.retire()
        flash("Only the current key is published.", "done")
    return redirect(url_for(".by_hand"))


@page("/people/<int:uid>/by-hand", "POST")
def change_person(uid: int) -> Response:
    """Disable or enable an account, take back its permissions, or change its role."""
    store, user, action = the_store(), user_or_404(uid), request.form.get("action", "")
    try:
        if action == "disable":
            store.deactivate_user(uid)
            words = f"{user.name} was disabled."
        elif action == "enable":
            store.update_user(uid, inactive=False)
            words = f"{user.name} was enabled."
        elif action == "revoke":
            store.revoke_tokens(uid)
            words = f"All permissions that {user.name} gave to apps were revoked."
        else:
            role = request.form.get("role", 0, type=int)
            words = (
                f"The role of {user.name} is now {store.roles[role].title}." if role in store.roles else ""
            )
            store.update_user(uid, role_id=role)
    except StoreError as error:
        flash(error.message, "error")
    else:
        flash(words, "done")
    return _back(url_for(".person", uid=uid))


@page("/people/<int:uid>/enroll", "POST")
def enroll_person(uid: int) -> Response:
    """Put a person into a section, named by its id or section school code."""
    store, user = the_store(), user_or_404(uid)
    wanted = request.form.get("section", "").strip()
    found = store.section_with(wanted)
    section_id = found.id if found else int(wanted) if wanted.isdigit() else 0
    try:
        store.enroll(section_id, uid, admin=int("admin" in request.form))
    except StoreError as error:
        flash(error.message, "error")
    else:
        flash(f"{user.name} was enrolled.", "done")
    return _back(url_for(".person", uid=uid))


@page("/course/<int:section_id>/by-hand", "POST")
def change_section(section_id: int) -> Response:
    """Delete a section, or its course with every section of it."""
    store, section = the_store(), section_or_404(section_id)
    course = store.courses[section.course_id]
    if request.form.get("action") == "delete course":
        store.delete_course(course.id)
        flash(f"The course {course.title} was deleted with its sections.", "done")
    elif request.form.get("action") == "delete section":
        store.delete_section(section_id)
        flash(f"The section {section.section_title} of {course.title} was deleted.", "done")
    return redirect(url_for(".courses"))


@page("/course/<int:section_id>/members/<int:enrollment_id>", "POST")
def change_member(section_id: int, enrollment_id: int) -> Response:
    """Remove a person from a section, or change their role in it."""
    store = the_store()
    section_or_404(section_id)
    if enrollment_id not in store.members_of[section_id].values():
        abort(404)
    try:
        if request.form.get("action") == "un-enroll":
            store.unenroll(enrollment_id)
            flash("The enrollment was removed.", "done")
        else:
            admin = int(request.form.get("action") == "make admin")
            store.update_enrollment(enrollment_id, admin=admin)
            flash("The role in the course was changed.", "done")
    except StoreError as error:
        flash(error.message, "error")
    return redirect(url_for(".members", section_id=section_id))


def _back(usual: str) -> Response:
    """To the page that asked, when it is one of the two that may."""
    return redirect(url_for(".by_hand") if request.form.get("back") == "by-hand" else usual)
