"""One table of Data Prep: its lines, and bulk acceptance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from lti_app import formats
from lti_app.models import PrepUpload
from lti_app.runs import names
from lti_app.runs.words import sentence
from lti_app.school.prep import CLASSES
from lti_app.setup import choices
from lti_app.store.district import District
from lti_app.sync.data_prep import counts, decide, decide_many, lists, reactivate
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.lists import Filter
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.data_prep import page, words
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

NOTHING: Message = ("warning", sentence(decide.NO_DATA))


def asked_kind() -> str:
    """The table that was asked for."""
    kind = request.form.get("kind", "user")
    return kind if kind in words.KINDS else "user"


def asked() -> dict[str, str]:
    """What is shown, as hidden fields of whatever is pressed next."""
    fields = {"kind": asked_kind()}
    for name in ("status", "building", "rule", "text"):
        fields[f"show_{name}"] = request.form.get(f"show_{name}", "")[:80].strip()
    return fields


def render(**more: Any) -> str:
    """The table as it stands."""
    district, kind = own_district(), asked_kind()
    reading = data_prep_reading.reading(district)
    if reading is None:
        return page.render(**{"messages": [NOTHING], **more})
    shown = asked()
    wanted = Filter(**{name: shown[f"show_{name}"] for name in ("status", "building", "rule", "text")})
    number = request.form.get("page", 1, type=whole)
    return show(
        "data_prep",
        "admin/data_prep_list.html",
        kind=kind,
        shown=shown,
        page=lists.page(district, reading.id, kind=kind, wanted=wanted, number=number),
        standing=counts.standings(district, reading.id)[kind],
        proposals=counts.by_school_and_rule(district, reading.id, kind, wanted.building),
        schools=counts.by_school(district, reading.id, kind),
        doubts=counts.doubts(district, reading.id, kind, wanted.building),
        by_rule=counts.by_rule(district, kind),
        options=choices.data_prep_options(district),
        names=names.names(district),
        inactive=len(reactivate.paired(district)) if kind == "user" else 0,
        upload=district.session.get(PrepUpload, (district.id, kind)),
        classes=CLASSES,
        prep=words,
        **more,
    )


@blueprint.post("/data-prep/list")
@admin_reader
@place("kind", "show_status", "show_building", "show_rule", "page")
def data_prep_list() -> str:
    """Show the table."""
    return render()


@blueprint.post("/data-prep/accept")
@acting_user_only
def data_prep_accept() -> str:
    """Accept one suggestion, or those of a rule and school."""
    narrowed = {name: request.form.get(name, "") for name in ("rule", "building", "sis_id")}
    return _decided(lambda district: (decide.accept(district, asked_kind(), who=who(), **narrowed), 0))


@blueprint.post("/data-prep/accept-doubt")
@acting_user_only
def data_prep_accept_doubt() -> str:
    """Accept the possible matches of all records that were left open for the same reason."""
    return _decided(lambda district: decide_many.accept(district, asked_kind(), **_doubt(), who=who()))


@blueprint.post("/data-prep/new-doubt")
@acting_user_only
def data_prep_new_doubt() -> str:
    """Say of all records that were left open for the same reason that none is in Schoology."""
    district, doubt = own_district(), _doubt()
    if request.form.get("confirm") != "yes":
        found = dict(counts.doubts(district, _reading_id(district), asked_kind(), doubt["building"]))
        return render(creating=(doubt, found.get(doubt["doubt"], 0)))
    try:
        number = decide_many.make_new(district, asked_kind(), **doubt, who=who())
    except decide.CannotDecide as error:
        return page.render(messages=[("warning", sentence(error.reason))])
    district.session.commit()
    records = formats.counted(number, "record")
    return render(messages=[("success", f"The next sync creates {records} in Schoology.")])


def _reading_id(district: District) -> int:
    reading = data_prep_reading.reading(district)
    return reading.id if reading else 0


def _doubt() -> dict[str, str]:
    return {name: request.form.get(name, "")[:80] for name in ("doubt", "building")}


def _decided(decision: Callable[[District], tuple[int, int]]) -> str:
    """Take a decision that says how many matches it accepted, and how many it had to leave."""
    district = own_district()
    try:
        number, left = decision(district)
    except decide.CannotDecide as error:
        return page.render(messages=[("warning", sentence(error.reason))])
    district.session.commit()
    said = f"{formats.counted(number, 'match', 'matches')} accepted."
    if left:
        said += (
            f" {formats.counted(left, 'record')} {formats.plural(left, 'was', 'were')} left because another "
            "record has the same possible match: decide these one by one."
        )
    said += " When you’re done with every list, confirm the matches on the Data Prep tab."
    return render(messages=[("success" if number or not left else "warning", said)])
