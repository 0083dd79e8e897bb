"""Parents: a student with more of them than a family has, and unusually many links that come or end.

Who would get an account only to be linked waits with the links.
"""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_app import formats
from lti_app.models import Action, Change, ChangeState, Run
from lti_app.models.base import alias
from lti_app.school.limits import Limits, too_many
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind, PersonGroup
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.plan.brakes.lines import Counts, Trip, count_open, hold, hold_each

MOST_PARENTS = 6
"""More parents of one student than this are asked about: two families and grandparents are fewer."""
LINK = Change.kind == Kind.PARENT_LINK


def judge_parents(session: Session, run: Run, limits: Limits) -> list[Trip]:
    """Hold new parent links of students who would have too many, and new or ended ones that are unusually
    many. The first parents of a school are what someone chose on the Users tab."""
    coming = count_open(session, run, Action.CREATE, LINK)
    ending = count_open(session, run, Action.DROP, LINK, Change.reason_code == str(Code.PARENT_REMOVED))
    trips = _crowded(session, run) if coming else []
    if run.what != RunKind.ONE:
        trips += _shares(session, run, coming, limits=limits)
    if trips:
        _hold_accounts(session, run)
    return trips if run.what == RunKind.ONE else trips + _ends(session, run, ending, limits=limits)


def _hold_accounts(session: Session, run: Run) -> None:
    """The new accounts of parents all of whose new links wait."""
    links_of = alias(Change, "link_of_parent")
    mine = (
        links_of.run_id == run.id,
        links_of.kind == Kind.PARENT_LINK,
        links_of.action == Action.CREATE,
        links_of.parent == Change.sis_id,
    )
    hold(
        session,
        run,
        Change.kind == Kind.USER,
        Change.action == Action.CREATE,
        Change.role == PersonGroup.CONTACT,
        exists().where(*mine, links_of.state == ChangeState.HELD),
        ~exists().where(*mine, links_of.state == ChangeState.PLANNED),
    )


def _crowded(session: Session, run: Run) -> list[Trip]:
    parents = links.leaving.parents_of(run)
    crowded = session.scalars(select(parents.c.person).where(parents.c.number > MOST_PARENTS)).all()
    if not crowded:
        return []
    hold_each(session, run, Change.person, crowded, LINK, Change.action == Action.CREATE)
    number = len(crowded)
    return [Trip("too_many_parents", Kind.PARENT_LINK, "", number, number, str(MOST_PARENTS))]


def _shares(session: Session, run: Run, coming: Counts, *, limits: Limits) -> list[Trip]:
    trips = []
    share, floor, ceiling = limits.update_share, limits.update_floor, limits.update_ceiling
    words = f"{formats.percent(share)} or {formats.number(ceiling)}"
    for (_, building), number in sorted(coming.items()):
        of = _present(session, run, building)
        if of and too_many(number, of, share=share, floor=floor, ceiling=ceiling):
            hold(session, run, LINK, Change.action == Action.CREATE, Change.building == building)
            trips.append(Trip("parents_added", Kind.PARENT_LINK, building, number, of, words))
    return trips


def _ends(session: Session, run: Run, ending: Counts, *, limits: Limits) -> list[Trip]:
    trips = []
    share, floor, ceiling = limits.drop_share, limits.drop_floor, limits.drop_ceiling
    words = f"{formats.percent(share)} or {formats.number(ceiling)}"
    for (_, building), number in sorted(ending.items()):
        of = _present(session, run, building)
        if too_many(number, of, share=share, floor=floor, ceiling=ceiling):
            hold(session, run, LINK, Change.action == Action.DROP, Change.building == building)
            trips.append(Trip("parents_ended", Kind.PARENT_LINK, building, number, of, words))
    return trips


def _present(session: Session, run: Run, building: str) -> int:
    return links.counts.in_buildings(District(session, run.installation_id), Kind.PARENT_LINK, [building])
