"""Deactivated accounts that are in pairs: bring one or all of them back in Schoology."""

from __future__ import annotations

from flask import request

from lti_app import formats
from lti_app.schoology.port import Schoology
from lti_app.sync.data_prep import reactivate
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.data_prep import lists
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems
from lti_app.web.shared.tab import Message


@blueprint.post("/data-prep/reactivate")
@acting_user_only
def data_prep_reactivate() -> str:
    """Bring accounts back, once a person has said yes: the one that is named, or all that are paired."""
    district = own_district()
    one = request.form.get("schoology_id", "")
    uids = [one] if one else reactivate.paired(district)
    if not uids:
        return lists.render(messages=[("info", "No matches have deactivated accounts.")])
    if request.form.get("confirm") != "yes":
        accounts = formats.counted(len(uids), "account")
        return show(
            "data_prep",
            "admin/data_prep_reactivate.html",
            shown={**lists.asked(), "schoology_id": one},
            accounts=accounts,
        )

    def ask(schoology: Schoology) -> Message:
        done, problems = reactivate.reactivate(district.session, schoology, district.id, uids, who=who())
        if problems:
            words = (
                f"{formats.number(done)} reactivated, {formats.number(len(problems))} refused. The "
                f"first: {problems[0]}"
            )
            return ("danger", f"Schoology didn’t reactivate every account: {words}")
        text = (
            f"{formats.counted(done, 'account')} reactivated. Accept and confirm the matches. "
            "The next sync updates them."
        )
        return ("success", text)

    return lists.render(messages=[ask_systems.ask_schoology(ask)])
