"""Records that would get one key in Schoology: of people from different lists the first one has it, of others
no one.

Many SISs number students, staff and contacts apart, so a student and a teacher may have one number. Before
the first sync that is told with the prefix that separates them; later, who has the key keeps it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Update, func, literal, literal_column, select, text, update
from sqlalchemy.orm import Session

from lti_app.models import Run, Staged, StagedState
from lti_app.models.reasons import values_of
from lti_app.models.staged import KEYED
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import OBJECTS, Kind, PersonGroup
from lti_app.store import links
from lti_app.store.built_once import AnyRun, for_run, keys_of
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District

ORDER = (PersonGroup.STUDENT, PersonGroup.STAFF, PersonGroup.CONTACT)
"""Whose number counts first, where no one has the key yet."""
PREFIXES = {
    PersonGroup.STUDENT: ("S", "ST", "STU"),
    PersonGroup.STAFF: ("T", "E", "STAFF"),
    PersonGroup.CONTACT: ("P", "G", "PARENT"),
}
"""Group → prefixes to propose."""


def settle(session: Session, run: Run) -> None:
    """Block who would share a key with another record, and keep in the counts of a first sync how many people
    of which group have another one's number.

    A record that is left out counts as well: it may be in Schoology by other ways, and choosing it again must
    not change who owns the key. The caller commits.
    """
    shared = _between_groups(session, run)
    lost: Counter[PersonGroup] = Counter()
    for part in chunks(sorted(shared), AT_ONCE):
        lost += _settle_people(session, run, {key: shared[key] for key in part})
    if lost and not links.counts.in_use(District(session, run.installation_id), Kind.USER):
        run.counts = {**run.counts, "shared_numbers": _told(session, run, lost)}
    for kind in OBJECTS:
        session.execute(for_run(run, _block_all, kind), keys_of(run))


def _told(session: Session, run: Run, lost: Counter[PersonGroup]) -> dict[str, Any]:
    """Of the group with most of them: its name, how many, and a prefix that would separate them."""
    group, number = lost.most_common(1)[0]
    return {"group": str(group), "number": number, "prefix": _prefix(session, run, group)}


def _between_groups(session: Session, run: Run) -> dict[str, list[tuple[str, str]]]:
    """Key → (SIS id, group) of people of which each is the only one of the group with it."""
    keyed = (*_keyed(run.id, Kind.USER), Staged.role != "")
    twice = (
        select(Staged.natural_key)
        .where(*keyed)
        .group_by(Staged.natural_key)
        .having(func.count() > 1, func.count() == func.count(Staged.role.distinct()))
    )
    rows = session.execute(
        select(Staged.natural_key, Staged.sis_id, Staged.role).where(
            *keyed, Staged.natural_key.in_(twice.scalar_subquery())
        )
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, sis_id, role in rows:
        found[key].append((sis_id, role))
    return found


def _settle_people(
    session: Session, run: Run, shared: dict[str, list[tuple[str, str]]]
) -> Counter[PersonGroup]:
    """Block everybody but the one who has each key; how many of which group."""
    district = District(session, run.installation_id)
    people = [sis_id for group in shared.values() for sis_id, _ in group]
    linked = links.read.by_sis_id(district, Kind.USER, people)
    has = {sis_id for sis_id, link in linked.items() if shared.get(link.natural_key)}
    lost: Counter[PersonGroup] = Counter()
    for key, group in shared.items():
        first = _first(group, has)
        for sis_id, role in group:
            row = session.get_one(Staged, (run.id, Kind.USER, sis_id))
            if sis_id == first or row.state != StagedState.OK:
                continue
            row.state = StagedState.BLOCKED
            row.reason = because(Code.NUMBER_SHARED, key=key, other=first)
            lost[PersonGroup(role)] += 1
    session.flush()
    return lost


def _first(group: Sequence[tuple[str, str]], has: Iterable[str]) -> str:
    there = [sis_id for sis_id, _ in group if sis_id in has]
    if len(there) == 1:
        return there[0]
    return min(group, key=lambda each: ORDER.index(PersonGroup(each[1])))[0]


def _prefix(session: Session, run: Run, group: PersonGroup) -> str:
    """A prefix that no unique id begins with now."""
    used = (Staged.run_id == run.id, Staged.kind == Kind.USER)
    for each in PREFIXES[group]:
        begins = Staged.natural_key.istartswith(each, autoescape=True)
        if session.scalar(select(Staged.sis_id).where(*used, begins).limit(1)) is None:
            return each
    return f"{group.upper()}-"


def _keyed(run_id: Any, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    wanted = Staged.state.in_((StagedState.OK, StagedState.OUT))
    return (Staged.run_id == run_id, Staged.kind == kind, wanted, literal_column(KEYED, Boolean))


def _block_all(run: AnyRun | Run, kind: Kind) -> Update:
    """Records of one sort that would share a key block each other."""
    shared = (
        select(Staged.natural_key)
        .where(*_keyed(run.id, kind))
        .group_by(Staged.natural_key)
        .having(func.count() > func.count(Staged.role.distinct()))
    )
    return (
        update(Staged)
        .where(
            Staged.run_id == run.id,
            Staged.kind == kind,
            Staged.state == StagedState.OK,
            text(KEYED),
            Staged.natural_key.in_(shared.scalar_subquery()),
        )
        .values(
            state=StagedState.BLOCKED,
            reason_code=Code.KEY_SHARED,
            reason_values=values_of(kind=literal(str(kind)), key=Staged.natural_key),
        )
        .execution_options(synchronize_session=False)
    )
