"""One table of Data Prep: its lines, and bulk acceptance."""

from __future__ import annotations

from typing import Any

from flask import request

from lti_app import formats
from lti_app.models import PrepUpload
from lti_app.runs import names
from lti_app.school.prep import CLASSES
from lti_app.setup import choices
from lti_app.sync.data_prep import counts, decide, lists, reactivate
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.lists import Filter
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.data_prep import page, words
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

NOTHING: Message = ("warning", decide.NO_READING)


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
    number = request.form.get("page", 1, type=int)
    return show(
        "data_prep",
        "admin/data_prep_list.html",
        kind=kind,
        shown=shown,
        page=lists.page(district, reading.id, kind=kind, wanted=wanted, number=number),
        standing=counts.standing(district.session, reading.id)[kind],
        proposals=counts.proposals(district, reading.id, kind),
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
    """Accept one proposal, or those of a rule and building."""
    district = own_district()
    narrowed = {name: request.form.get(name, "") for name in ("rule", "building", "sis_id")}
    try:
        number = decide.accept(district, asked_kind(), who=who(), **narrowed)
    except decide.CannotDecide as error:
        return page.render(messages=[("warning", str(error))])
    district.session.commit()
    accepted = formats.counted(number, "match", "matches")
    said = f"{accepted} accepted. When you’re done with every list, confirm the matches on the Data Prep tab."
    return render(messages=[("success", said)])
