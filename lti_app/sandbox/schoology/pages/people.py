"""Pages about people: a list with filters, and one person."""

from __future__ import annotations

from flask import render_template, request

from lti_app.sandbox.schoology.pages.common import page, slice_of, the_store, user_or_404
from lti_app.sandbox.schoology.pages.views import (
    building_title,
    find_people,
    membership,
    person_row,
    section_row,
    sections_of,
)


@page("/people")
def people() -> str:
    """Everybody, by building, role and text."""
    store = the_store()
    wanted = request.args.get("q", "")
    building, role = request.args.get("building", 0, type=int), request.args.get("role", 0, type=int)
    found = find_people(store, wanted, building, role)
    return render_template(
        "schoology/people.html",
        filters={"q": wanted, "building": building, "role": role},
        slice=slice_of(found, lambda user: person_row(store, user)),
        building_choices=store.buildings.values(),
        role_choices=store.roles.values(),
    )


@page("/people/<int:uid>")
def person(uid: int) -> str:
    """One person: account, family, courses, and what can be changed by hand."""
    store, user = the_store(), user_or_404(uid)
    additional = [int(each) for each in user.additional_buildings.split(",") if each.strip().isdigit()]
    facts = [
        ("Schoology ID", user.uid),
        ("Unique ID", user.school_uid),
        ("Username", user.username),
        ("Email", user.primary_email),
        ("Building", building_title(store, user.building_id)),
        ("Additional", ", ".join(building_title(store, each) or str(each) for each in additional)),
        ("Position", user.position),
        ("Graduates", user.grad_year),
        ("Time zone", user.tz_name),
        ("Synced", "yes" if user.synced else "no"),
        ("Login email", "would have been sent" if user.mailed else "not sent"),
        ("Permissions", sum(each.uid == uid for each in store.tokens.values())),
    ]
    memberships = [
        (section_row(store, section), membership(store, section, user))
        for section in sections_of(store, user)
    ]
    return render_template(
        "schoology/person.html",
        person=person_row(store, user),
        facts=facts,
        parents=[person_row(store, store.users[each]) for each in sorted(user.parent_uids)],
        children=[person_row(store, store.users[each]) for each in sorted(user.child_uids)],
        memberships=memberships,
        roles=store.roles.values(),
        role_id=user.role_id,
    )
