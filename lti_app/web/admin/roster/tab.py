"""What the Users, Courses and Sections tabs do alike: show, tick all, save in two steps, sync, what left."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from typing import Any

from flask import Response, request

from lti_app.models import LinkState
from lti_app.runs import history, names, words
from lti_app.school.job_request import JobRequest
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.setup import choices, sis_move
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.setup.impact import Stopping, stopping
from lti_app.store import audit, links
from lti_app.sync.review import lost_objects, preview
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.roster import in_words
from lti_app.web.admin.roster.forms import ChoiceForm, example_of
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import ask_for
from lti_app.web.shared.downloads import csv_download
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import INVALID, Message

SAVED: Message = ("success", "Saved. This applies from the next sync.")
MOVED: Message = (
    "warning",
    "Saved. Syncs are paused because unique IDs or the connection changed. Open Change of SIS on the "
    "Configuration tab, review what was found, and confirm it.",
)


LEFT = ("Name", "SIS ID", "Key in Schoology", "Schoology ID", "School", "What happened", "Since (UTC)")


@dataclass(frozen=True)
class SyncTab:
    """One of the three tabs."""

    name: choices.Tab
    title: str
    kind: Kind
    form: type[ChoiceForm]
    fields: Sequence[str] = ()
    """What its templates may name."""
    example: Mapping[str, str] = field(default_factory=dict)


Views = Mapping[str, Callable[[SyncTab], str | Response]]
"""Path under the tab's own → what answers there."""


def add_routes(tab: SyncTab) -> None:
    """Give a tab the addresses that all three have: /admin/users, /admin/users/save and so on."""
    may_read: Views = {"": page, "/left": left, "/left/csv": left_csv}
    may_change: Views = {"/tick-all": tick_all, "/save": save, "/sync": start, "/cancel": cancel}
    for mark, views in ((admin_reader, may_read), (acting_user_only, may_change)):
        for path, view in views.items():
            address = f"/{tab.name}{path}"
            endpoint = address.strip("/").replace("/", "_").replace("-", "_")
            blueprint.add_url_rule(address, endpoint, mark(_of(tab, view)), methods=["POST"])


def _of(tab: SyncTab, view: Callable[[SyncTab], str | Response]) -> Callable[[], str | Response]:
    return update_wrapper(partial(view, tab), view)


@place()
def page(tab: SyncTab, form: ChoiceForm | None = None, **more: Any) -> str:
    """The tab with its form (as kept, or as posted), the next and the last sync, and what left the SIS."""
    district = own_district()
    job = job_view.current_view(district)
    kept = choices.current(district, tab.name)
    form = form or tab.form.from_choice(kept)
    last = history.last_finished(district, tab.name)
    return show(
        tab.name,
        f"admin/{tab.name}.html",
        tab=tab,
        form=form,
        kept=kept,
        buildings=choices.mapped_buildings(district),
        examples={name: example_of(form[name].data or "", tab.example) for name in _templates(form)},
        terms=choices.terms_hint(district, kept.buildings),
        names=names.names(district),
        next_counts=_own_kinds(tab, preview.next_counts(district, tab.name)),
        last=job_view.job_view(district.session, last.job) if last else None,
        job=job,
        gone=lost_objects.gone(district, tab.kind),
        **more,
    )


def posted(tab: SyncTab) -> ChoiceForm:
    """The form as the person sent it."""
    form = tab.form(request.form)
    form.offer(choices.current(own_district(), tab.name).options)
    return form


def tick_all(tab: SyncTab) -> str:
    """The posted form with every mapped building selected; not saved."""
    form = posted(tab)
    form.tick(choices.mapped_buildings(own_district()))
    return page(tab, form=form, messages=[("info", "All schools are selected. Select Save to keep this.")])


def save(tab: SyncTab) -> str:
    """Store the posted choice. One that narrows is first shown with its numbers."""
    district = own_district()
    form = posted(tab)
    if not form.validate():
        return page(tab, form=form, messages=[INVALID])
    now = choices.current(district, tab.name)
    wanted = form.wanted(now)
    stops = stopping(district, tab.name, wanted)
    if stops and form.confirmed.data != _seen(stops):
        return page(tab, form=form, stops=stops, confirmation=_seen(stops))
    sis_move.change_unique_ids(district, wanted.options, who())
    choices.save(district, tab.name, wanted)
    kept = choices.current(district, tab.name)
    if kept != now:
        schools = names.names(district).sis_buildings
        before, after = in_words.difference(tab.form, now, kept, schools)
        audit.record(district, who(), f"{tab.title} tab", old=before, new=after)
    district.session.commit()
    return page(tab, messages=[MOVED if sis_move.moving(district) else SAVED])


def start(tab: SyncTab) -> str:
    """Queue what was asked for, unless a required step is missing; a sync under way is joined."""
    plan_only = request.form.get("plan_only") == "yes"
    what = RunKind.ALL if request.form.get("what") == RunKind.ALL else tab.name
    try:
        raise_if_not_ready(own_district(), "plan" if plan_only else what)
    except NotReady as refusal:
        return page(tab, missing=refusal.step)
    if (
        tab.kind == Kind.SECTION
        and what != RunKind.ALL
        and not plan_only
        and request.form.get("alone") != "yes"
    ):
        first = _needed_first()
        if first:
            return page(tab, first=first)
    return page(tab, messages=[ask_for(JobRequest(what=what, plan_only=plan_only))])


def _needed_first() -> list[str]:
    """What a sync of sections needs in Schoology and doesn't find there, in words."""
    kinds = (Kind.USER, Kind.COURSE)
    return [words.counted_kind(kind, 2) for kind in kinds if not links.counts.in_use(own_district(), kind)]


def cancel(tab: SyncTab) -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(partial(page, tab))


@place("page")
def left(tab: SyncTab) -> str:
    """The page of objects that one side no longer has."""
    district = own_district()
    number = request.form.get("page", 1, type=whole)
    return show(
        tab.name,
        "admin/left.html",
        tab=tab,
        counts=lost_objects.gone(district, tab.kind),
        page=lost_objects.gone_page(district, tab.kind, number),
        names=names.names(district),
    )


def left_csv(tab: SyncTab) -> Response:
    """The same as a file."""
    district = own_district()
    known = names.names(district).sis_buildings
    where = {LinkState.RELEASED: "no longer in the SIS", LinkState.MISSING: "deleted in Schoology"}
    rows = (
        (
            row.label,
            row.sis_id,
            row.natural_key,
            row.schoology_id,
            known.get(row.building, row.building),
            where[LinkState(row.state)],
            row.changed_at.isoformat(timespec="seconds"),
        )
        for row in lost_objects.each_gone(district, tab.kind)
    )
    return csv_download(f"{tab.name}-left.csv", LEFT, rows)


def _templates(form: ChoiceForm) -> list[str]:
    return [name for name in form.option_names if name.endswith("_template")]


def _own_kinds(
    tab: SyncTab, counts: Mapping[str, Mapping[str, int]] | None
) -> Mapping[str, Mapping[str, int]] | None:
    """The counts of a plan that belong to this tab; None when there is no plan yet."""
    if counts is None:
        return None
    return {kind: counts[kind] for kind in RunKind(tab.name).kinds if kind in counts}


def _seen(stops: Sequence[Stopping]) -> str:
    """A mark of what the person has been shown, so that another narrowing asks again."""
    text = "|".join(f"{each.kind}:{each.count}:{each.why}" for each in stops)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
