"""Numbers of Data Prep: where rows stand, what each rule proposes, and how a job ended in words."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from lti_app.models import JobState, PairState, PrepPair, PrepRow, PrepStatus, Run, Side
from lti_app.school.ending_codes import EndingCode
from lti_app.school.prep import FileCode
from lti_app.school.reasons import Reason, because, several
from lti_app.school.records import OBJECTS
from lti_app.store.district import District
from lti_app.sync.data_prep import reading

Standing = dict[str, dict[str, int]]
STANDINGS = ("linked", "accepted", "suggested", "undecided", "only", "alone")
"""Where a line stands, in the order of the table: the one vocabulary of tables, filters and files."""


def standing(session: Session, run_id: int) -> Standing:
    """kind → status → rows; what Schoology alone has counts as `alone`, for a sync leaves it as it is."""
    rows = session.execute(
        select(PrepRow.kind, PrepRow.side, PrepRow.status, func.count())
        .where(PrepRow.run_id == run_id, PrepRow.kind.in_(OBJECTS))
        .group_by(PrepRow.kind, PrepRow.side, PrepRow.status)
    )
    counts: Standing = {str(kind): {} for kind in OBJECTS}
    for kind, side, status, number in rows:
        if side == Side.SIS:
            counts[kind][status] = number
        elif status in (PrepStatus.ONLY, PrepStatus.AMBIGUOUS):
            counts[kind]["alone"] = counts[kind].get("alone", 0) + number
    return counts


def standings(district: District, run_id: int) -> Standing:
    """kind → standing (STANDINGS) → rows: how tables, filters and badges call it."""
    counts: Standing = {}
    for kind, statuses in standing(district.session, run_id).items():
        here = {name: statuses.get(name, 0) for name in STANDINGS}
        here["undecided"] = statuses.get(PrepStatus.AMBIGUOUS, 0) + statuses.get(PrepStatus.CONFLICT, 0)
        here["suggested"] = sum(number for _, _, number in proposals(district, run_id, kind))
        here["accepted"] = statuses.get(PrepStatus.PAIRED, 0) - here["suggested"]
        counts[kind] = here
    return counts


def doubts(district: District, run_id: int, kind: str, building: str = "") -> list[tuple[str, int]]:
    """Doubt and undecided SIS records that have it, most first; of one school if it is named."""
    here = [PrepRow.building == building] if building else []
    rows = district.session.execute(
        select(PrepRow.doubt_code, func.count())
        .where(reading.row_is(run_id, kind, Side.SIS), PrepRow.doubt_code != "", *here)
        .group_by(PrepRow.doubt_code)
        .order_by(func.count().desc(), PrepRow.doubt_code)
    )
    return [(doubt, number) for doubt, number in rows]


def proposals(district: District, run_id: int, kind: str) -> list[tuple[str, str, int]]:
    """Rule, SIS building and pairs that are proposed and not accepted, most first."""
    rows = district.session.execute(
        select(PrepPair.rule, PrepRow.building, func.count())
        .join(PrepRow, and_(PrepRow.ident == PrepPair.sis_id, PrepRow.kind == PrepPair.kind))
        .where(
            reading.row_is(run_id, kind, Side.SIS),
            PrepPair.installation_id == district.id,
            PrepPair.kind == kind,
            PrepPair.state == PairState.PROPOSED,
        )
        .group_by(PrepPair.rule, PrepRow.building)
        .order_by(func.count().desc(), PrepPair.rule, PrepRow.building)
    )
    return [(rule, building, number) for rule, building, number in rows]


def by_school_and_rule(
    district: District, run_id: int, kind: str, building: str = ""
) -> list[tuple[str, int]]:
    """Rule and suggestions that no one accepted yet, most first; of one school if it is named."""
    found: Counter[str] = Counter()
    for rule, school, number in proposals(district, run_id, kind):
        if building in ("", school):
            found[rule] += number
    return found.most_common()


def by_school(district: District, run_id: int, kind: str) -> dict[str, int]:
    """SIS building → suggestions that no one accepted yet."""
    found: Counter[str] = Counter()
    for _, school, number in proposals(district, run_id, kind):
        found[school] += number
    return dict(found)


def by_rule(district: District, kind: str) -> dict[str, int]:
    """Rule, hand or file → pairs that stand."""
    rows = district.session.execute(
        select(PrepPair.rule, func.count()).where(reading.stands(district.id, kind)).group_by(PrepPair.rule)
    )
    return {rule: number for rule, number in rows}


def to_link(district: District, run_id: int) -> int:
    """Accepted pairs that are not linked yet."""
    return (
        district.session.scalar(
            select(func.count())
            .select_from(PrepRow)
            .join(PrepPair, and_(PrepPair.sis_id == PrepRow.ident, PrepPair.kind == PrepRow.kind))
            .where(
                PrepRow.run_id == run_id,
                PrepRow.side == Side.SIS,
                PrepRow.status == PrepStatus.PAIRED,
                PrepPair.installation_id == district.id,
                PrepPair.state == PairState.ACCEPTED,
            )
        )
        or 0
    )


def result_words(run: Run) -> tuple[JobState, Reason]:
    """The end of a job of Data Prep, and the words for it."""
    if run.notes.step == "file":
        return _applied(run)
    if run.notes.step == "check":
        return JobState.DONE, _checked(run)
    return JobState.DONE, _linked(run) if run.notes.step == "confirm" else _found(run)


def _checked(run: Run) -> Reason:
    found = run.counts.get("file", {})
    return because(FileCode.PREP_CHECKED, changes=found.get("changes", 0), problems=found.get("problems", 0))


def _applied(run: Run) -> tuple[JobState, Reason]:
    ended = run.counts.get("file", {})
    applied, refused = ended.get("applied", 0), ended.get("refused", 0)
    done = because(FileCode.PREP_APPLIED, count=applied)
    if not ended.get("first"):
        return JobState.DONE, done
    return JobState.DONE_WITH_PROBLEMS, several(
        done, because(FileCode.PREP_NOT_APPLIED, count=refused, why=Reason.from_json(ended["first"]))
    )


def _linked(run: Run) -> Reason:
    linked = run.counts.get("outcome", {}).get("done", 0)
    return because(EndingCode.PREP_LINKED, count=linked)


def _found(run: Run) -> Reason:
    found: Standing = run.counts.get("standing", {})
    totals = {
        status: sum(each.get(status, 0) for each in found.values())
        for status in (PrepStatus.PAIRED, PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT)
    }
    undecided = totals[PrepStatus.AMBIGUOUS] + totals[PrepStatus.CONFLICT]
    return because(EndingCode.PREP_PROPOSED, paired=totals[PrepStatus.PAIRED], undecided=undecided)
