"""The answer to “is everything all right?” in one sentence, and when each kind was last synced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func

from lti_app import formats
from lti_app.formats import counted, plural
from lti_app.models import Installation, Run, RunState
from lti_app.operations.overview.attention import Need
from lti_app.runs.words import WHATS
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.setup import checklist
from lti_app.store.district import District

FINISHED = (RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.HELD)
PARTS = (RunKind.USERS, RunKind.COURSES, RunKind.SECTIONS)


@dataclass(frozen=True)
class Status:
    """`level` is success, warning or danger; success only when nothing new is wrong."""

    level: str
    title: str
    text: str


@dataclass(frozen=True)
class LastSync:
    """When a kind was last synced; `at` is None before the first time."""

    name: str
    at: datetime | None


def is_shown(district: District) -> bool:
    """Whether the Overview tab has anything to say: setup is done, or something was synced before."""
    if last_syncs(district)[0].at is not None:
        return True
    return checklist.next_step(checklist.steps(district)) is None


def last_syncs(district: District) -> list[LastSync]:
    """Any sync first, then users, courses, and sections with enrollments."""
    rows = district.session.execute(
        district.select(Run.what, func.max(Run.finished_at))
        .where(Run.what.in_(WHOLE), Run.plan_only.is_(False), Run.state.in_(FINISHED))
        .group_by(Run.what)
    )
    found = {what: at for what, at in rows if at is not None}
    everything = [found[RunKind.ALL]] if RunKind.ALL in found else []
    parts = [
        LastSync(WHATS[each], max([*everything, *([found[each]] if each in found else [])], default=None))
        for each in PARTS
    ]
    newest = max(found.values(), default=None)
    return [LastSync("", newest), *parts]


def status(district: District, needs: Sequence[Need]) -> Status:
    """Everything in one sentence. Known problems are counted in the second one."""
    waiting = [each for each in needs if not each.is_known]
    known = sum(each.count for each in needs if each.is_known and not each.follows)
    also = f"{counted(known, 'record')} {plural(known, 'has', 'have')} known problems. " if known else ""
    synced_at = last_syncs(district)[0].at
    if waiting:
        level = "danger" if any(each.level == "danger" for each in waiting) else "warning"
        return Status(level, f"{counted(len(waiting), 'thing needs', 'things need')} attention", also.strip())
    if synced_at is None:
        return Status(
            "info", "Nothing has been synced yet", "Preview or start the first sync on the Users tab."
        )
    zone = district.session.get_one(Installation, district.id).time_zone
    moment = formats.moment(synced_at, zone)
    if known:
        return Status("success", f"Nothing new is wrong as of {moment}", also.strip())
    return Status("success", f"Everything is in sync as of {moment}", "")
