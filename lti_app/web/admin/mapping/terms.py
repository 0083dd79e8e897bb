"""The Terms tab: terms of the SIS, grouped by name and days, and grading periods of Schoology."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from lti_app import clock, formats
from lti_app.extensions import db
from lti_app.models import Installation
from lti_app.schoology.port import GradingPeriod, Schoology
from lti_app.setup import connection, impact, schoology_lists
from lti_app.setup import terms as setup_terms
from lti_app.setup.connection_entry import is_complete
from lti_app.setup.terms import TermGroup
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
    """The tab, with its lists as stored or as posted; terms that are over stand apart."""
    district = own_district()
    groups, offered = lists()
    current = not_over(groups)
    rows = [row for group in groups for row in group.rows]
    return show(
        "terms",
        "admin/terms.html",
        messages,
        form=form or _form(groups, offered),
        current=current,
        missing=len(setup_terms.missing(current)),
        past=[group for group in groups if group not in current][::-1],
        periods={each.id: each for each in offered},
        suggestions=setup_terms.suggested_periods(current, offered),
        titles=setup_terms.suggested_titles(groups, [each.title for each in offered]),
        names=setup_terms.building_names(district),
        read_at=max((row.seen_at for row in rows), default=None),
        connected=is_complete(connection.read(district)),
    )


@blueprint.post("/terms")
@admin_reader
@place()
def terms() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/terms/refresh")
@acting_user_only
def terms_refresh() -> str:
    """Read both lists again; no mapping changes."""
    return render(messages=[ask_systems.ask_sis(_read_sis), ask_systems.ask_schoology(_read_schoology)])


@blueprint.post("/terms/suggest")
@acting_user_only
def terms_suggest() -> str:
    """Fill in the grading periods with the same days for terms that are not over; nothing is saved yet."""
    groups, offered = lists()
    form = _form(groups, offered, posted=True)
    found = setup_terms.suggested_periods(not_over(groups), offered)
    for key, period_id in found.items():
        form[f"to-{key}"].data = period_id
    said = f"{formats.counted(len(found), 'suggestion')} filled in. Check them, then select Save."
    return render(form, [("info", said)])


@blueprint.post("/terms/save")
@acting_user_only
def terms_save() -> str:
    """Store the mapping, after a second press where it stops something from syncing."""
    district = own_district()
    groups, offered = lists()
    form = _form(groups, offered, posted=True)
    if not form.validate():
        return render(form, [INVALID])
    closing = setup_terms.unmapped_by(groups, form.wanted())
    counts = impact.count_outside(district, groups, closing)
    if counts and request.form.get("confirm") != seen(counts):
        return _ask_narrowing(form, closing, counted(counts), seen(counts))
    changed = setup_terms.save_terms(district, form.wanted(), offered, who=who())
    db.session.commit()
    said = f"Saved: {formats.counted(changed, 'term')} changed." if changed else "No changes to save."
    return render(messages=[("success", said)])


@blueprint.post("/terms/create")
@acting_user_only
def terms_create() -> str:
    """Make a grading period in Schoology for a group of terms and map it; other choices stay in the form."""
    groups, offered = lists()
    group = next((each for each in groups if each.key == request.form.get("create")), None)
    if group is None or group.period_id:
        return render(messages=[("warning", "Nothing was created because this term is already matched.")])
    key = group.key
    message = ask_systems.ask_schoology(lambda schoology: create(schoology, key))
    groups, offered = lists()
    form = _form(groups, offered, posted=True)
    if message[0] == "success":
        form[f"to-{key}"].data = next(each.period_id for each in groups if each.key == key)
    return render(form, [message])


def lists() -> tuple[list[TermGroup], list[GradingPeriod]]:
    """The groups of terms, and Schoology's grading periods as last read."""
    district = own_district()
    groups = setup_terms.group_terms(setup_terms.term_rows(district))
    return groups, schoology_lists.grading_periods(district)


def not_over(groups: list[TermGroup]) -> list[TermGroup]:
    """Those whose last day has not passed."""
    today = clock.today(db.session.get_one(Installation, who().installation_id).time_zone)
    return [group for group in groups if group.end >= today]


def _form(groups: list[TermGroup], offered: list[GradingPeriod], posted: bool = False) -> MapForm:
    choices = [(each.id, each.title) for each in offered]
    known = {each.id for each in offered}
    lines = []
    for group in groups:
        lost = bool(group.period_id) and group.period_id not in known
        extra = [(group.period_id, group.period_title or group.period_id)] if lost else []
        label = f"Grading period for {group.name}, {formats.days(group.start, group.end)}"
        lines.append((group.key, label, group.period_id, [*choices, *extra]))
    return map_form(lines, posted)


def _read_sis(sis: Sis) -> Message:
    found = setup_terms.refresh_terms(own_district(), sis)
    gone = no_longer_listed(found.gone, "term")
    new = f" ({formats.number(found.new)} new)" if found.new else ""
    bad = unusable(found.bad, "terms")
    said = f"The SIS lists {formats.counted(found.total, 'term')} across all schools{new}.{gone}{bad}"
    return ("warning" if bad else "success", said)


def _read_schoology(schoology: Schoology) -> Message:
    total = schoology_lists.refresh_grading_periods(own_district(), schoology)
    return ("success", f"Schoology lists {formats.counted(total, 'grading period')}.")


def create(schoology: Schoology, key: str) -> Message:
    """Make the grading period of one group and map it. Commits; raises OutboundError."""
    district = own_district()
    groups, offered = lists()
    group = next(each for each in groups if each.key == key)
    title = setup_terms.suggested_titles(groups, [each.title for each in offered])[key]
    start, end = group.start, group.end
    db.session.commit()
    made = schoology.create_grading_period(title, start, end)
    offered = [*offered, made]
    schoology_lists.keep_grading_periods(district, offered)
    what = "Grading period created in Schoology"
    audit.record(district, who(), what, new=f"{made.title} ({made.id})")
    setup_terms.save_terms(district, {key: made.id}, offered, who=who())
    db.session.commit()
    return ("success", f"“{made.title}” was created in Schoology and matched.")


def _ask_narrowing(form: MapForm, closing: list[TermGroup], stops: list[str], mark: str) -> str:
    return show(
        "terms",
        "admin/confirm_narrowing.html",
        title="Stop syncing sections of these terms?",
        names=[f"{group.name}, {group.year}" for group in closing],
        stops=stops,
        action="/admin/terms/save",
        back="/admin/terms",
        fields=repeated(form),
        mark=mark,
    )
