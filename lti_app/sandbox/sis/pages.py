"""The sandbox SIS as people see it: buildings, people, sections, a gradebook, tomorrow and faults."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_app.sandbox.fault_script import FaultScriptError
from lti_app.sandbox.sis.state import state
from lti_app.sandbox.sis.views import (
    PAGE,
    building_lines,
    gradebook_table,
    name_of,
    people,
    roster,
    sections,
    staff_name,
)
from lti_app.sandbox.sis.wire import Refusal

pages = Blueprint("sis_pages", __name__)


@pages.context_processor
def _common() -> dict[str, Any]:
    sis = state()
    return {"district": sis.district, "version": sis.version, "site_code": sis.site_code}


@pages.get("/")
def home() -> str:
    """Buildings with their counts."""
    sis = state()
    counts = sis.district.counts()
    return render_template("sis/home.html", lines=building_lines(sis.district), counts=counts)


@pages.get("/people")
def show_people() -> str:
    """Students, staff or contacts, with a search."""
    kind, wanted = request.args.get("kind", "students"), request.args.get("q", "")
    if kind not in ("students", "staff", "contacts"):
        abort(404)
    found = people(state().district, kind, wanted)
    return render_template("sis/people.html", kind=kind, q=wanted, **_slice(found))


@pages.get("/sections")
def show_sections() -> str:
    """Sections, of one building or of all."""
    district = state().district
    building, wanted = request.args.get("building", type=int), request.args.get("q", "")
    found = sections(district, building, wanted)
    return render_template(
        "sis/sections.html", building=building, q=wanted, staff_name=staff_name, **_slice(found)
    )


@pages.get("/sections/<int:key>")
def show_section(key: int) -> str:
    """A section's sessions, roster, settings and gradebook."""
    sis = state()
    with sis.lock:
        section = sis.district.sections.get(key)
        if section is None:
            abort(404)
        assignments, cells = gradebook_table(sis.gradebook, key)
        averages = {(student, period): value for student, period, value in sis.gradebook.averages(key)}
        return render_template(
            "sis/section.html",
            section=section,
            building=sis.district.buildings[section.building],
            terms={session.number: sis.district.terms_of(section, session) for session in section.sessions},
            roster=roster(sis.district, section, sis.clock().date()),
            settings=sis.gradebook.settings(key),
            assignments=assignments,
            cells=cells,
            students=[(student, name_of(sis.district, student)) for student in sis.gradebook.students(key)],
            averages=averages,
            periods=list(dict.fromkeys(period for _, period in averages)),
            locked=sis.gradebook.locked,
            staff_name=staff_name,
        )


@pages.post("/sections/<int:key>/periods/<period>/lock")
def lock_period(key: int, period: str) -> Response:
    """Close a marking period of the section's building, or open it again."""
    sis = state()
    with sis.lock:
        try:
            place = (sis.gradebook.section(key).building, period)
        except Refusal:
            abort(404)
        sis.gradebook.locked ^= {place}
    return redirect(url_for(".show_section", key=key))


@pages.get("/tomorrow")
def show_tomorrow() -> str:
    """What the last press of the button changed."""
    return render_template("sis/tomorrow.html", days=state().tomorrows)


@pages.post("/tomorrow")
def make_tomorrow() -> Response:
    """The button: turn the day, then show what changed."""
    state().turn_the_day()
    return redirect(url_for(".show_tomorrow"))


@pages.post("/sandbox/tomorrow")
def tomorrow_as_json() -> dict[str, object]:
    """Turn the day for a program; JSON {"seed": n} chooses what is hit."""
    body = request.get_json(silent=True)
    seed = body.get("seed") if isinstance(body, dict) else None
    if seed is not None and not isinstance(seed, int):
        abort(400, "seed must be a whole number")
    return state().turn_the_day(seed).as_json()


@pages.get("/faults")
def show_faults() -> str:
    """The fault script that is at work, and a field for more."""
    return render_template("sis/faults.html", faults=state().faults.entries, error="", text="")


@pages.post("/faults")
def change_faults() -> Response | tuple[str, int]:
    """Add entries to the script, or clear it."""
    faults, text = state().faults, request.form.get("script", "")
    if "clear" in request.form:
        faults.clear()
        return redirect(url_for(".show_faults"))
    try:
        faults.add(json.loads(text))
    except FaultScriptError as error:
        problem = str(error)
    except ValueError as error:
        problem = f"This isn't valid JSON: {error}"
    else:
        return redirect(url_for(".show_faults"))
    return render_template("sis/faults.html", faults=faults.entries, error=problem, text=text), 400


def _slice(rows: list[Any]) -> dict[str, Any]:
    """One page of a list, with where it lies."""
    last = max(1, -(-len(rows) // PAGE))
    number = min(last, max(1, request.args.get("page", 1, type=int)))
    start = (number - 1) * PAGE
    return {"rows": rows[start : start + PAGE], "total": len(rows), "page": number, "last_page": last}
