"""Read both sides into rows of this run, part by part; a part that broke off is read again from its start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from lti_app.models import PrepRow, Run, Side
from lti_app.school.reason_codes import Code
from lti_app.school.records import JOINING, Kind, PersonGroup
from lti_app.schoology.port import BULK
from lti_app.setup.choices import read_options
from lti_app.sis.port import Feed
from lti_app.store.bulk import chunks, insert_rows
from lti_app.sync.context import RunContext, rule_context, with_accounts
from lti_app.sync.data_prep import rows
from lti_app.sync.data_prep.rows import Naming, Row
from lti_app.sync.rules import CourseFacts, RuleContext
from lti_app.sync.stage.read import feeds, mark_read, patiently, read_feed

RECORDS_AT_ONCE = 1000
TWICE = (
    "ON CONFLICT (run_id, kind, side, ident) DO UPDATE SET state = 'blocked', "
    f"reason_code = '{Code.SIS_ID_TWICE}', reason_values = '' "
    "WHERE prep_row.feed = excluded.feed AND prep_row.facts <> excluded.facts"
)
AGAIN = "ON CONFLICT (run_id, kind, side, ident) DO NOTHING"


def read(context: RunContext) -> None:
    """Everything that is not there yet. Raises SisError or OutboundError when a side cannot be read."""
    naming = _naming(context)
    for name, part in (
        ("accounts", _accounts),
        ("deactivated_accounts", _inactive),
        ("courses_there", _courses),
        ("sections_there", _sections),
        ("members_of_sections", _members),
    ):
        if not _is_read(context, name):
            mark_read(context, "parts", name, part(context, naming), verb="looking")
    known = _known(context)
    options = read_options(context.district)
    for feed in feeds("all", with_guardians=options.with_guardians):
        if not _is_read(context, feed):
            patiently(context, partial(_feed, context, feed, known))


def _is_read(context: RunContext, name: str) -> bool:
    return name in context.session.get_one(Run, context.run_id).notes.parts


def _known(context: RunContext) -> RuleContext:
    """The rules as they will be once every mapped building is selected and every role is chosen: what is
    paired early costs nothing, and what is not would be made twice later."""
    known = rule_context(context.district, context.today)
    ticked = {
        sis_id: replace(each, for_users=True, for_courses=True, for_sections=True)
        for sis_id, each in known.buildings.items()
    }
    roles = {"student": "?", "teacher": "?", "staff": "?", "guardian": "?"}
    chosen = {role: role_id for role, role_id in known.options.role_ids.items() if role_id}
    options = replace(known.options, role_ids={**roles, **chosen})
    return replace(known, buildings=ticked, options=options)


def _naming(context: RunContext) -> Naming:
    known = rule_context(context.district, context.today)
    classes = {"student": "student", "teacher": "staff", "staff": "staff", "guardian": "parent"}
    chosen = {role_id: classes[role] for role, role_id in known.options.role_ids.items() if role_id}
    context.session.commit()
    return Naming(
        roles={each.title: each for each in context.schoology.roles()},
        classes=chosen,
        buildings={
            each.schoology_id: sis_id for sis_id, each in known.buildings.items() if each.schoology_id
        },
    )


def _feed(context: RunContext, feed: Feed, known: RuleContext) -> None:
    _clear(context, Side.SIS, PrepRow.feed == feed)
    known = _with_what_was_read(context, feed, known)
    number = 0
    for page in read_feed(context, feed):
        here = with_accounts(context.district, known, page)
        made = (row for record in page for row in rows.of_record(record, here))
        _insert(context, [replace(each, feed=str(feed)) for each in made])
        number += len(page)
    if feed == Feed.GUARDIANS:
        _keep_parents_only(context)
    mark_read(context, "parts", feed, number)


def _with_what_was_read(context: RunContext, feed: Feed, known: RuleContext) -> RuleContext:
    if feed == Feed.SECTIONS:
        found = _ours(context, Kind.COURSE, PrepRow.ident, PrepRow.label, PrepRow.number)
        return replace(known, courses={key: CourseFacts(label, code) for key, label, code in found})
    if feed == Feed.SEATS:
        found = _ours(context, Kind.SECTION, PrepRow.ident, PrepRow.building)
        return replace(known, section_buildings={key: building for key, building in found})
    return known


def _ours(context: RunContext, kind: Kind, *columns: Any) -> Sequence[Any]:
    mine = (PrepRow.run_id == context.run_id, PrepRow.kind == kind, PrepRow.side == Side.SIS)
    return context.session.execute(select(*columns).where(*mine)).all()


def _keep_parents_only(context: RunContext) -> None:
    """Who is no one's parent by a link of a chosen type is not wanted; the links have served."""
    mine = (PrepRow.run_id == context.run_id, PrepRow.side == Side.SIS)
    links = (*mine, PrepRow.kind == Kind.PARENT_LINK)
    every = select(PrepRow.ident).where(*mine, PrepRow.kind == Kind.USER, PrepRow.role == PersonGroup.CONTACT)
    alone = every.except_(select(PrepRow.parent).where(*links))
    for which in ((*mine, PrepRow.kind == Kind.USER, PrepRow.ident.in_(alone)), links):
        context.session.execute(delete(PrepRow).where(*which).execution_options(synchronize_session=False))


def _accounts(context: RunContext, naming: Naming) -> int:
    made = (rows.of_account(each, naming) for each in context.schoology.people())
    return _load(context, "users", Kind.USER, made)


def _inactive(context: RunContext, _naming: Naming) -> int:
    made = (rows.of_inactive(each) for each in context.schoology.inactive_people())
    return _load(context, "deactivated_users", Kind.USER, made, PrepRow.state == "inactive")


def _courses(context: RunContext, naming: Naming) -> int:
    made = (rows.of_course(each, naming) for each in context.schoology.courses())
    return _load(context, "courses", Kind.COURSE, made)


def _sections(context: RunContext, _naming: Naming) -> int:
    def made() -> Iterator[Row]:
        for batch in _batches(context, Kind.COURSE):
            for course_id, found in context.schoology.sections(list(batch)).items():
                yield from (rows.of_section(each, course_id, batch[course_id]) for each in found)

    return _load(context, "sections", Kind.SECTION, made())


def _members(context: RunContext, _naming: Naming) -> int:
    def made() -> Iterator[Row]:
        for batch in _batches(context, Kind.SECTION):
            for section_id, members in context.schoology.members(list(batch)).items():
                yield from (rows.of_member(each, section_id) for each in members or ())

    return _load(context, "members_of_sections", Kind.ENROLLMENT, made())


def _batches(context: RunContext, kind: Kind) -> Iterator[dict[str, str]]:
    """Ids of what was read of a kind in Schoology with their buildings, as many as one request takes."""
    last = ""
    while True:
        found = context.session.execute(
            select(PrepRow.ident, PrepRow.building)
            .where(
                PrepRow.run_id == context.run_id,
                PrepRow.kind == kind,
                PrepRow.side == Side.SCHOOLOGY,
                PrepRow.ident > last,
            )
            .order_by(PrepRow.ident)
            .limit(BULK)
        ).all()
        if not found:
            return
        last = found[-1][0]
        context.session.commit()
        yield {ident: building for ident, building in found}


def _load(
    context: RunContext, phase: str, kind: Kind, made: Iterable[Row], *which: ColumnElement[bool]
) -> int:
    """Replace the rows of a kind of Schoology; how many came. Commits as it goes."""
    _clear(context, Side.SCHOOLOGY, PrepRow.kind == kind, *which)
    context.progress.report(f"looking_{phase}", 0, 0)
    number = 0
    for batch in chunks(made, RECORDS_AT_ONCE):
        _insert(context, batch)
        number += len(batch)
        context.progress.report(f"looking_{phase}", number, 0)
    return number


def _clear(context: RunContext, side: Side, *which: ColumnElement[bool]) -> None:
    mine = (PrepRow.run_id == context.run_id, PrepRow.side == side)
    context.session.execute(delete(PrepRow).where(*mine, *which))


def _insert(context: RunContext, made: list[Row]) -> None:
    seats = [each.values(context.run_id) for each in made if each.kind in JOINING]
    others = [each for each in made if each.kind not in JOINING]
    for side, on_conflict in ((Side.SIS, TWICE), (Side.SCHOOLOGY, AGAIN)):
        own = [each.values(context.run_id) for each in others if each.side == side]
        insert_rows(context.session, "prep_row", rows.COLUMNS, own, on_conflict=on_conflict)
    insert_rows(context.session, "prep_row", rows.COLUMNS, seats, on_conflict=AGAIN)
