"""The Schools tab: buildings of the SIS beside those of Schoology."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from lti_app import formats
from lti_app.extensions import db
from lti_app.models import BuildingRow
from lti_app.schoology.port import Schoology, SchoologyBuilding
from lti_app.setup import buildings, connection, schoology_lists
from lti_app.setup.connection_entry import is_complete
from lti_app.sis.port import Sis
from lti_app.store import audit
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.mapping.forms import (
    MapForm,
    counted,
    map_form,
    no_longer_listed,
    repeated,
    seen,
    unusable,
)
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import INVALID, Message


def render(form: MapForm | None = None, messages: Sequence[Message] = ()) -> str:
    """The tab, with its lists as stored or as posted."""
    district = own_district()
    rows = buildings.building_rows(district)
    offered = schoology_lists.buildings(district)
    return show(
        "schools",
        "admin/schools.html",
        messages,
        rows=rows,
        form=form or _form(rows, offered),
        offered={each.id for each in offered},
        suggestions=buildings.suggestions(rows, offered),
        unlisted=buildings.no_longer_listed(rows),
        read_at=max((row.seen_at for row in rows), default=None),
        connected=is_complete(connection.read(district)),
    )


@blueprint.post("/schools")
@admin_reader
@place()
def schools() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/schools/refresh")
@acting_user_only
def schools_refresh() -> str:
    """Read both lists again; no mapping changes."""
    return render(messages=[ask_systems.ask_sis(_read_sis), ask_systems.ask_schoology(_read_schoology)])


@blueprint.post("/schools/suggest")
@acting_user_only
def schools_suggest() -> str:
    """Fill the suggested pairs in; nothing is saved yet."""
    rows, offered = _lists()
    form = _form(rows, offered, posted=True)
    found = buildings.suggestions(rows, offered)
    for sis_id, each in found.items():
        form[f"to-{sis_id}"].data = each.schoology.id
    found_words = formats.counted(len(found), "suggestion")
    said = f"{found_words} filled in. Check them, then select Save."
    return render(form, [("info", said)])


@blueprint.post("/schools/save")
@acting_user_only
def schools_save() -> str:
    """Store the mapping, after a second press where it stops something from syncing."""
    district = own_district()
    rows, offered = _lists()
    form = _form(rows, offered, posted=True)
    if not form.validate():
        return render(form, [INVALID])
    closing = buildings.unmapped_by(rows, form.wanted())
    counts = buildings.count_outside(district, [row.sis_id for row in closing])
    if counts and request.form.get("confirm") != seen(counts):
        return _ask_narrowing(form, closing, counted(counts), seen(counts))
    changed = buildings.save_buildings(district, form.wanted(), offered, who=who())
    db.session.commit()
    return render(messages=_saved(changed))


@blueprint.post("/schools/create")
@acting_user_only
def schools_create() -> str:
    """Make a building in Schoology for a school of the SIS, after a second press, and map it."""
    rows, offered = _lists()
    row = next((each for each in rows if each.sis_id == request.form.get("create")), None)
    if row is None or row.schoology_id:
        return render(messages=[("warning", "Nothing was created because this school is already matched.")])
    if request.form.get("confirm") != "yes":
        return _ask_creation(row, offered, _form(rows, offered, posted=True))
    sis_id = row.sis_id
    message = ask_systems.ask_schoology(lambda schoology: create(schoology, sis_id))
    rows, offered = _lists()
    form = _form(rows, offered, posted=True)
    if message[0] == "success":
        form[f"to-{sis_id}"].data = next(each.schoology_id for each in rows if each.sis_id == sis_id)
    return render(form, [message])


def _lists() -> tuple[list[BuildingRow], list[SchoologyBuilding]]:
    district = own_district()
    return buildings.building_rows(district), schoology_lists.buildings(district)


def _form(rows: list[BuildingRow], offered: list[SchoologyBuilding], posted: bool = False) -> MapForm:
    choices = [(each.id, f"{each.name} ({each.code})" if each.code else each.name) for each in offered]
    known = {each.id for each in offered}
    lines = []
    for row in rows:
        lost = bool(row.schoology_id) and row.schoology_id not in known
        extra = [(row.schoology_id, row.schoology_name or row.schoology_id)] if lost else []
        lines.append((row.sis_id, f"Schoology school for {row.name}", row.schoology_id, [*choices, *extra]))
    return map_form(lines, posted)


def _read_sis(sis: Sis) -> Message:
    found = buildings.refresh_buildings(own_district(), sis)
    gone = no_longer_listed(found.gone, "building")
    new = f" ({formats.number(found.new)} new)" if found.new else ""
    bad = unusable(found.bad, "schools")
    said = f"The SIS lists {formats.counted(found.total, 'school')}{new}.{gone}{bad}"
    return ("warning" if bad else "success", said)


def _read_schoology(schoology: Schoology) -> Message:
    total = schoology_lists.refresh_buildings(own_district(), schoology)
    return ("success", f"Schoology lists {formats.counted(total, 'school')}.")


def create(schoology: Schoology, sis_id: str) -> Message:
    """Make the school of one row and map it. Commits; raises OutboundError."""
    district = own_district()
    row = next(each for each in buildings.building_rows(district) if each.sis_id == sis_id)
    address = {name: getattr(row, name) for name in ("address", "city", "state", "postal_code", "phone")}
    name, code = row.name, row.code
    db.session.commit()
    made = schoology.create_building(name, code, address)
    offered = [*schoology_lists.buildings(district), made]
    schoology_lists.keep_buildings(district, offered)
    audit.record(district, who(), "School created in Schoology", new=f"{made.name} ({made.id})")
    buildings.save_buildings(district, {sis_id: made.id}, offered, who=who())
    db.session.commit()
    return ("success", f"{made.name} was created in Schoology and matched.")


def _saved(changed: int) -> list[Message]:
    rows, _ = _lists()
    said = f"Saved: {formats.counted(changed, 'school')} changed." if changed else "No changes to save."
    messages: list[Message] = [("success", said)]
    for name in buildings.shared(rows):
        messages.append(
            (
                "info",
                f"More than one SIS school is matched to {name} in Schoology. Match each school only once.",
            )
        )
    return messages


def _ask_narrowing(form: MapForm, closing: list[BuildingRow], stops: list[str], mark: str) -> str:
    return show(
        "schools",
        "admin/confirm_narrowing.html",
        title="Stop syncing these schools?",
        names=[row.name for row in closing],
        stops=stops,
        action="/admin/schools/save",
        back="/admin/schools",
        fields=repeated(form),
        mark=mark,
    )


def _ask_creation(row: BuildingRow, offered: list[SchoologyBuilding], form: MapForm) -> str:
    alike = [
        each.name for each in offered if buildings.plain_name(each.name) == buildings.plain_name(row.name)
    ]
    fields = [*repeated(form), ("create", row.sis_id)]
    return show("schools", "admin/confirm_building.html", row=row, alike=alike, fields=fields)
