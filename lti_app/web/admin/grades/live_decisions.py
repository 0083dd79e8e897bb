"""What an administrator decides under live sync: the backlog, what a brake holds, what was deleted."""

from __future__ import annotations

from flask import request

from lti_app import formats
from lti_app.extensions import db
from lti_app.grades.live import decisions, view
from lti_app.grades.rules.held import Held
from lti_app.grades.wishes import Asker
from lti_app.models import LiveSection
from lti_app.store import audit
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.grades.live import render
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared import ask_jobs, live


@blueprint.post("/live/release")
@acting_user_only
def live_release() -> str:
    """Send what waited before live sync was on, of one course or of all."""
    district = own_district()
    which = request.form.get("section", "")
    chosen = [each for each in decisions.with_backlog(district) if which in ("all", each.section_id)]
    if not chosen:
        return render([("info", "Nothing is waiting there anymore, so nothing was sent.")])
    if request.form.get("shown") != decisions.digest(chosen):
        return render([live.MOVED])
    audit.record(
        district,
        who(),
        ("Changes from before live sync"),
        new=f"sent in {formats.counted(len(chosen), 'course')}",
    )
    ask_jobs.submit(*[decisions.release(district.session, each) for each in chosen])
    return render([("success", f"Sending waiting changes in {formats.counted(len(chosen), 'course')}.")])


@blueprint.post("/live/decide")
@acting_user_only
def live_decide() -> str:
    """Let held deletes and clears of a course go, or keep what the SIS has."""
    district = own_district()
    section = district.session.get(LiveSection, (district.id, request.form.get("section", "")))
    held = Held.load(section.held) if section is not None else Held()
    if section is None or not held.waits:
        return render([("info", "Someone already decided this, so nothing was changed.")])
    if request.form.get("shown") != held.digest:
        return render([live.MOVED])
    way = request.form.get("way", "")
    label = view.label_of(district, section.section_id)
    audit.record(
        district,
        who(),
        "Live sync changes on hold in {}",
        new="sent" if way == "go" else "kept in the SIS",
        named=label,
    )
    if way == "go":
        asked = decisions.release_held(district.session, section, Asker(who().name, who().uid))
        ask_jobs.submit(asked.job_id)
        return render([live.GOING])
    decisions.keep(district.session, section)
    return render([("success", "Kept in the SIS.")])


@blueprint.post("/live/restore")
@acting_user_only
def live_restore() -> str:
    """Put deleted assignments back."""
    rows = live.chosen()
    said = live.restore(rows)
    if rows and said[0] != "info":
        titles = ", ".join(each.title for each in rows)
        audit.record(own_district(), who(), "Assignments {}", new="restored", named=titles)
        db.session.commit()
    return render([said])
