"""*Create all missing* of the Schools and Terms tabs: everything at once, after a second press."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import request

from lti_app import formats
from lti_app.schoology.port import Schoology
from lti_app.setup import buildings, schoology_lists
from lti_app.setup import terms as setup_terms
from lti_app.web.access import acting_user_only, own_district
from lti_app.web.admin.mapping import schools, terms
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems
from lti_app.web.shared.tab import Message

NOTHING: Message = ("info", "Nothing was created because everything is matched already.")


@blueprint.post("/terms/create-all")
@acting_user_only
def terms_create_all() -> str:
    """Make a grading period for each term that isn't over and is matched with none."""
    groups, offered = terms.lists()
    missing = setup_terms.missing(terms.not_over(groups))
    if not missing:
        return terms.render(messages=[NOTHING])
    if request.form.get("confirm") == "yes":
        keys = [each.key for each in missing]
        return terms.render(messages=[_create("grading period", keys, terms.create)])
    there = setup_terms.with_same_days(missing, offered)
    return _ask(
        "terms",
        "grading period",
        [f"{each.name}, {each.year} ({formats.days(each.start, each.end)})" for each in missing],
        [
            f"{each.name} ({formats.days(each.start, each.end)}): Schoology has {', '.join(there[each.key])}"
            for each in missing
            if each.key in there
        ],
    )


@blueprint.post("/schools/create-all")
@acting_user_only
def schools_create_all() -> str:
    """Make a school for each school of the SIS that is matched with none."""
    district = own_district()
    rows, offered = buildings.building_rows(district), schoology_lists.buildings(district)
    gone = buildings.no_longer_listed(rows)
    missing = [row for row in rows if not row.schoology_id and row.sis_id not in gone]
    if not missing:
        return schools.render(messages=[NOTHING])
    if request.form.get("confirm") == "yes":
        keys = [row.sis_id for row in missing]
        return schools.render(messages=[_create("school", keys, schools.create)])
    alike = {buildings.plain_name(each.name): each.name for each in offered}
    return _ask(
        "schools",
        "school",
        [row.name for row in missing],
        [
            f"{row.name}: Schoology has {alike[plain]}"
            for row in missing
            if (plain := buildings.plain_name(row.name)) in alike
        ],
    )


def _create(noun: str, keys: Sequence[str], create: Callable[[Schoology, str], Message]) -> Message:
    """Each is kept once it is made, so that a failure loses none of those before."""
    made = 0

    def every(schoology: Schoology) -> Message:
        nonlocal made
        for key in keys:
            create(schoology, key)
            made += 1
        return ("success", f"{formats.counted(made, noun)} created in Schoology and matched.")

    message = ask_systems.ask_schoology(every)
    if message[0] == "success" or not made:
        return message
    return ("danger", f"{made} of {formats.counted(len(keys), noun)} created and matched. {message[1]}")


def _ask(tab: str, noun: str, names: Sequence[str], there: Sequence[str]) -> str:
    return show(
        tab,
        "admin/confirm_create_all.html",
        noun=noun,
        names=names,
        there=there,
        action=f"/admin/{tab}/create-all",
        back=f"/admin/{tab}",
    )
