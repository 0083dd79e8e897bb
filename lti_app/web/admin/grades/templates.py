"""Category maps that the district prepares: courses are searched and chosen, and so are categories."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from flask import request

from lti_app.extensions import db
from lti_app.grades.course import prepared
from lti_app.grades.course.prepared import Offer, Place
from lti_app.grades.rows.section import policy_of
from lti_app.models import SyncOptions
from lti_app.runs import names
from lti_app.school.grade_policy import MapTemplate, fold
from lti_app.setup import connection
from lti_app.sis.errors import SisError
from lti_app.store import audit
from lti_app.vault import VaultError
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.grades import page
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared import ask_systems
from lti_app.web.shared.places import private_place
from lti_app.web.shared.tab import Message

LONGEST, SPARE, MOST_PLACES = 200, 4, 500
"""The longest title of a category, empty lines of the form, and places of one press."""
NO_PLACE: Message = ("warning", "Nothing was saved: select at least one school or course first.")
NO_LINES: Message = (
    "warning",
    "Nothing was saved: choose an SIS category for at least one Schoology category.",
)
HALF: Message = (
    "danger",
    "Nothing was saved: each line needs both a Schoology category and an SIS category.",
)
TOO_LONG: Message = ("danger", f"Nothing was saved: a title can have at most {LONGEST} characters.")


@blueprint.post("/grades/template/find")
@admin_reader
@private_place
def find_places() -> str:
    """List the courses that have the words."""
    return render_search([])


@blueprint.post("/grades/template/choose")
@acting_user_only
def choose_categories() -> str:
    """Show the matches of the selected places."""
    places = chosen_places()
    if not places:
        return render_search([NO_PLACE])
    offered = _offer(places)
    if not isinstance(offered, Offer):
        return render_search([offered])
    known = prepared.template_of(own_district(), places[0]) if len(places) == 1 else {}
    return _form(places, offered, list(known.items()))


@blueprint.post("/grades/template/save")
@acting_user_only
def save_template() -> str:
    """Store the same matches for all selected places, if the SIS has its codes in each of them."""
    places = chosen_places()
    typed = [
        (title.strip(), code.strip())
        for title, code in zip(request.form.getlist("title"), request.form.getlist("code"), strict=False)
        if title.strip() or code.strip()
    ]
    if not places:
        return page.render([NO_PLACE])
    offered = _offer(places)
    if not isinstance(offered, Offer):
        return page.render([offered])
    wrong = _wrong(typed, offered)
    if wrong is not None:
        return _form(places, offered, typed, [wrong])
    _store(places, {fold(title): code for title, code in typed})
    where = "there" if len(places) == 1 else f"in all {len(places)} places"
    return page.render(
        [
            (
                "success",
                f"Saved. These matches apply {where} to courses whose teachers haven’t matched categories.",
            )
        ]
    )


@blueprint.post("/grades/template/remove")
@acting_user_only
def remove_template() -> str:
    """Remove the matches of the selected places."""
    places = chosen_places()
    if not places:
        return page.render([NO_PLACE])
    _store(places, {})
    return page.render([("success", "Removed.")])


def _form(
    places: Sequence[Place],
    offered: Offer,
    lines: Sequence[tuple[str, str]],
    messages: Sequence[Message] = (),
) -> str:
    spare = [("", "")] * SPARE
    return page.render(
        messages,
        places=[(json.dumps(each), named(each)) for each in places],
        offered=offered.all,
        lines=[*lines, *spare],
        titles=prepared.titles(own_district()),
    )


def _wrong(typed: Sequence[tuple[str, str]], offered: Offer) -> Message | None:
    """Why these lines can't be saved."""
    if not typed:
        return NO_LINES
    if any(not fold(title) or not code for title, code in typed):
        return HALF
    if any(len(title) > LONGEST for title, _ in typed):
        return TOO_LONG
    for place, missing in offered.missing(code for _, code in typed).items():
        there = ", ".join(f"{code} ({name})" for code, name in offered.codes[place].items())
        exist = f"It has {there}." if there else "The app knows no category there."
        text = f"Nothing was saved: the SIS doesn’t have {', '.join(missing)} in {named(place)}. {exist}"
        return ("danger", text)
    return None


def _offer(places: Sequence[Place]) -> Offer | Message:
    """The codes that exist in places, or why they can't be read."""
    try:
        return prepared.offer(own_district(), places, ask_systems.sis(connection.read(own_district())))
    except (SisError, VaultError) as error:
        db.session.rollback()
        return ("danger", f"Nothing was saved: the SIS couldn’t be asked for its categories. {error}")


def _store(places: Iterable[Place], categories: Mapping[str, str]) -> None:
    """Keep the same matches for each of these places; none removes theirs. Commits."""
    district = own_district()
    policy = policy_of(district)
    kept = {(each.building, each.course): each for each in policy.templates}
    for place in places:
        before = kept.pop(place, None)
        if categories:
            kept[place] = MapTemplate(*place, dict(categories))
        old = _said(before.categories) if before else ""
        what = f"Grades: default category matches for {named(place)}"
        audit.record(district, who(), what, old=old, new=_said(categories))
    row = db.session.get(SyncOptions, district.id) or SyncOptions(installation_id=district.id)
    row.grades = replace(policy, templates=tuple(kept.values())).to_json()
    db.session.add(row)
    db.session.commit()


def _schools() -> Mapping[str, str]:
    return names.names(own_district()).sis_buildings


def named(place: Place) -> str:
    """A place as people call it."""
    building, course = place
    school = _schools().get(building, building) or "all schools"
    return f"{school}, course {course}" if course else school


def render_search(messages: Sequence[Message]) -> str:
    """The page with the schools and courses that have the words that were searched for."""
    words = request.form.get("words", "").strip()
    return page.render(messages, searched=words, found=prepared.search(own_district(), _schools(), words))


def chosen_places() -> list[Place]:
    """The selected places, as the page names them; what is no place of this page is left out."""
    found: dict[Place, None] = {}
    for text in request.form.getlist("place")[:MOST_PLACES]:
        try:
            building, course = json.loads(text)
        except (TypeError, ValueError):
            continue
        found[str(building), str(course)] = None
    return list(found)


def _said(categories: Mapping[str, str]) -> str:
    return ", ".join(f"{title} = {code}" for title, code in categories.items())
