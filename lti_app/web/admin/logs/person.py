"""What the app holds about one person: exported, put on legal hold, and erased by the Acting User."""

from __future__ import annotations

import json

from flask import Response, current_app, request

from lti_app import formats
from lti_app.models import Installation
from lti_app.operations.people import erase, export, holds, leaving, tombstones
from lti_app.operations.people.person import Person, Unknown, find
from lti_app.runs.words import sentence
from lti_app.school.outside_codes import PersonCode
from lti_app.school.reasons import Reason, because
from lti_app.store import sqlite
from lti_app.store.district import District
from lti_app.vault import Vault
from lti_app.web import viewings
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import private_place
from lti_app.web.shared.tab import Message

FILE = "person-data.json"


@blueprint.post("/person")
@admin_reader
@private_place
def person() -> str:
    """Look a person up by their ID."""
    return _render(request.form.get("id", ""))


@blueprint.post("/person/export")
@acting_user_only
def person_export() -> Response | str:
    """Everything about them as a JSON file."""
    district = own_district()
    try:
        found = find(district, request.form.get("id", ""))
    except Unknown as error:
        return _render(request.form.get("id", ""), ("danger", sentence(error.reason)))
    told = export.export(district, found, who())
    viewings.note_download(FILE)
    answer = Response(
        json.dumps(told, ensure_ascii=False, indent=1, default=str), mimetype="application/json"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/person/hold")
@acting_user_only
def person_hold() -> str:
    """Set or lift a legal hold."""
    district, given = own_district(), request.form.get("id", "")
    try:
        found = find(district, given)
    except Unknown as error:
        return _render(given, ("danger", sentence(error.reason)))
    lifts = request.form.get("way") == "lift"
    (holds.lift if lifts else holds.put)(district, found, who())
    district.session.commit()
    words = "The legal hold was lifted." if lifts else "On legal hold. Nothing about this person is erased."
    return _render(given, ("success", words))


@blueprint.post("/person/erase")
@acting_user_only
def person_erase() -> str:
    """Erase a person who has left, once their ID was typed."""
    district, given = own_district(), request.form.get("id", "")
    try:
        found = find(district, given)
        if request.form.get("typed", "").strip() != found.id:
            raise leaving.NotYet(because(PersonCode.ID_NOT_TYPED, name=found.called))
        number = erase.erase(district, _vault(), found, who())
    except (Unknown, leaving.NotYet) as error:
        district.session.rollback()
        return _render(given, ("danger", f"Nothing was erased. {sentence(error.reason)}"))
    district.session.commit()
    sqlite.write_through(district.session)
    rows = formats.counted(number, "row")
    return _render("", ("success", f"Erased: {rows} deleted or changed. Nothing in Schoology changed."))


def _render(given: str, *messages: Message) -> str:
    district = own_district()
    given = given.strip()[:80]
    found, why = _found(district, given) if given else (None, None)
    return show(
        "logs",
        "admin/person.html",
        given=given,
        found=found,
        unknown=why,
        hold=holds.of(district, found) if found else None,
        not_yet=leaving.why_not(district, found) if found else None,
        left_at=leaving.left_at(district, found) if found else None,
        waiting_days=leaving.WAITING_DAYS,
        holds=[] if given else holds.all_of(district),
        messages=list(messages),
    )


def _found(district: District, given: str) -> tuple[Person | None, Reason | None]:
    """The person with an ID, or why there is none."""
    try:
        return find(district, given), None
    except Unknown as error:
        erased = tombstones.erased_at(district, _vault(), Person(key=given, uid=given))
        if erased is None or error.reason.code != PersonCode.NOBODY:
            return None, error.reason
        zone = district.session.get_one(Installation, district.id).time_zone
        return None, because(PersonCode.WAS_ERASED, id=given, at=erased, zone=zone)


def _vault() -> Vault:
    vault: Vault = current_app.extensions["wiring"].vault
    return vault
