"""What needs a person now, and what is known: news raise an alarm, totals don't.

A problem that is a day old, or that an administrator acknowledged, is known until more records have it. What
a district chose, such as a school that isn't selected, is never a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lti_app import clock
from lti_app.formats import counted, number, plural
from lti_app.models import AccessReview, Alert, Installation, KnownProblem, ReviewState, Run
from lti_app.operations import health
from lti_app.runs import words
from lti_app.runs.words.reasons.groups import FOLLOWS, ON_OTHER_LISTS, group_title
from lti_app.school.records import Kind
from lti_app.setup import checklist
from lti_app.store import problems
from lti_app.store.access_review import ReviewTopic
from lti_app.store.district import District
from lti_app.store.problems import Group
from lti_app.sync.data_prep import undecided
from lti_app.sync.plan import approval
from lti_app.sync.review import access, lost_objects

NEWS = timedelta(days=1)
"""So long a problem is news."""
OWN_LISTS = ("held", "errors")
"""Conditions of lti_app.operations.health that are told in more detail here."""
PLACES = {
    "acting_user": ("/admin/configuration", "Open Configuration"),
    "credentials": ("/admin/configuration", "Open Configuration"),
    "gradebook": ("/admin/configuration", "Open Configuration"),
    "first_score": ("/admin/grades", "Open Grades"),
    "late": ("/admin/logs", "Open Logs"),
    "too_long": ("/admin/logs", "Open Logs"),
    "live": ("/admin/live", "Open live sync"),
    "live_held": ("/admin/live", "Open live sync"),
}
"""Condition → where it is fixed."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that is wrong or waits. `path`, `fields` and `label` are the button that leads to the fix."""

    key: str
    title: str
    level: str = "warning"
    """danger: it needs a person now; warning: it waits; known: nothing new."""
    count: int = 0
    """How many records it is about; 0 for what can't be counted."""
    new: int = 0
    since: datetime | None = None
    latest: datetime | None = None
    """When the last of the records was found."""
    path: str = "/admin/logs"
    fields: dict[str, str] = field(default_factory=dict)
    label: str = "Review"
    can_wait: bool = False
    """Whether an administrator may acknowledge it or be reminded later."""
    note: str = ""
    """What is bad about it for people."""
    follows: bool = False
    """It ends with another problem."""
    acknowledged: KnownProblem | None = None

    @property
    def is_known(self) -> bool:
        """Whether it raises no alarm."""
        return self.level == "known"


def needs(district: District) -> list[Need]:
    """Everything that is wrong or waits, the urgent first; what raises no alarm has the level known."""
    now = clock.now()
    known = problems.known(district)
    found = [*_conditions(district), *_without(district, now), *_decisions(district), *_groups(district, now)]
    judged = [_judged(each, known.get(each.key), now) for each in found]
    order = {"danger": 0, "warning": 1, "known": 2}
    return sorted(judged, key=lambda each: (order[each.level], each.follows, -each.new, -each.count))


def _judged(need: Need, known: KnownProblem | None, now: datetime) -> Need:
    """The need with its level, by what an administrator knows."""
    if not need.can_wait:
        return need
    if known is None:
        return need
    reminded = known.until is not None and known.until <= now
    more = need.count > known.count if need.latest is None else need.latest > known.at
    if reminded or more:
        return replace(need, level="warning")
    return replace(need, level="known", acknowledged=known)


def _conditions(district: District) -> Iterator[Need]:
    """What keeps the app from working at all."""
    installation = district.session.get_one(Installation, district.id)
    began = {
        row.key: row.began_at
        for row in district.session.scalars(district.select(Alert).where(Alert.ended_at.is_(None)))
    }
    if installation.paused_reason:
        why = f"Syncs are paused. {words.sentence(installation.paused_reason, installation.time_zone)}"
        yield Need(key="paused", title=why, level="danger", path="/admin/configuration", label="Open")
    for each in health.conditions(district):
        if each.key not in OWN_LISTS:
            path, label = PLACES[each.key]
            said = words.sentence(each.why, installation.time_zone)
            since = began.get(each.key)
            yield Need(key=each.key, title=said, level="danger", since=since, path=path, label=label)
    missing = checklist.next_step(checklist.steps(district))
    if missing is not None and missing.key not in began:
        path = f"/admin/{missing.tab.replace('_', '-')}"
        title = f"Setup isn’t complete: “{missing.title}”. {words.sentence(missing.hint)}"
        yield Need(key="setup", title=title, level="danger", path=path, label="Go to step")


def _without(district: District, now: datetime) -> Iterator[Need]:
    """Students and teachers who are in no class: no one can acknowledge that. Those without an account are
    among the problems of users."""
    classes = problems.without_class(district)
    if classes:
        new = problems.without_class(district, now - NEWS)
        who = plural(classes, "student or teacher is", "students and teachers are")
        yield Need(
            key="without_class",
            title=f"{number(classes)} current {who} in no class in Schoology, but in one in the SIS",
            level="danger" if new else "warning",
            count=classes,
            new=new,
            **_list(_latest_run(district), kind="enrollment"),
        )


def _decisions(district: District) -> Iterator[Need]:
    """What waits for the Acting User."""
    for run in approval.held_runs(district):
        lines = approval.count(district.session, run.id)
        them = plural(lines, "it", "them")
        title = f"{counted(lines, 'change')} {plural(lines, 'is', 'are')} on hold until you approve {them}"
        fields = {"job": str(run.job_id)}
        yield Need(
            key=f"held:{run.id}",
            title=title,
            level="danger",
            count=lines,
            since=run.started_at,
            path="/admin/logs/run",
            fields=fields,
            label="Review changes",
        )
    waits = undecided.count(district)
    if waits:
        title = f"{counted(waits, 'record')} in Data Prep {plural(waits, 'needs', 'need')} a decision"
        yield Need(
            key="data_prep", title=title, count=waits, path="/admin/data-prep", label="Decide", can_wait=True
        )
    deleted = lost_objects.count(district)
    if deleted:
        title = f"{counted(deleted, 'linked record')} {plural(deleted, 'was', 'were')} deleted in Schoology"
        yield Need(
            key="deleted", title=title, count=deleted, path="/admin/missing", label="Decide", can_wait=True
        )
    entries = sum(1 for each in access.waiting(district) if _waits(each)) + access.lost(district)
    if entries:
        title = f"{counted(entries, 'entry', 'entries')} under Access to review"
        yield Need(
            key="access",
            title=title,
            count=entries,
            path="/admin/access-review",
            label="Decide",
            can_wait=True,
        )


def _waits(entry: AccessReview) -> bool:
    """Whether it can be decided; a row whose nights are still counted is among the problems."""
    return entry.state == ReviewState.WAITING or entry.topic != ReviewTopic.ROW


def _groups(district: District, now: datetime) -> Iterator[Need]:
    """Records that the last sync could not bring into Schoology, by reason. Whoever has no account because of
    it keeps it from being known."""
    without = problems.without_account(district)
    for each in problems.groups(district, now - NEWS):
        if each.code in ON_OTHER_LISTS:
            continue
        people = without.get(each.code, 0) if each.kind == Kind.USER else 0
        kind = words.counted_kind(each.kind, each.count)
        yield Need(
            key=f"{each.code}:{each.kind}",
            title=f"{number(each.count)} {kind}: {group_title(each.code)}",
            note=_no_account(people) if people else "",
            level=_level(each, people),
            count=each.count,
            new=each.new,
            since=each.since,
            latest=each.latest,
            can_wait=not people,
            follows=each.code in FOLLOWS,
            **_list(district.session.get(Run, each.run_id), kind=each.kind, group=each),
        )


def _level(group: Group, people: int) -> str:
    if people:
        return "danger" if group.new else "warning"
    return "warning" if group.new and group.code not in FOLLOWS else "known"


def _no_account(people: int) -> str:
    who = plural(people, "current student or staff member has", "current students and staff have")
    return f"{number(people)} {who} no account in Schoology because of this."


def _list(run: Run | None, *, kind: str, group: Group | None = None) -> dict[str, Any]:
    """The button that leads to the lines of a run, filtered."""
    if run is None:
        return {"path": "/admin/logs", "label": "Open Logs"}
    fields = {"job": str(run.job_id), "kind": kind}
    if group is not None:
        fields["reason"] = group.code
    else:
        fields["outcome"] = "blocked"
    return {"path": "/admin/logs/run", "fields": fields, "label": "Show records"}


def _latest_run(district: District) -> Run | None:
    found = problems.groups(district, clock.now())
    return district.session.get(Run, max(each.run_id for each in found)) if found else None
