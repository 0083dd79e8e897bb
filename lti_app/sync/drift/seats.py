"""Drift of enrollments: who is in each linked section, fifty sections at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lti_app.school.desired import canonical
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind, seat_id
from lti_app.schoology.port import BULK, Member
from lti_app.store import links
from lti_app.store.links.lists import LinkRow
from lti_app.sync.context import RunContext
from lti_app.sync.drift.lines import DriftLines, batches


def check(context: RunContext, lines: DriftLines) -> None:
    """Compare the members of every linked section; a section that Schoology has not any more is missing."""
    for sections in batches(context, Kind.SECTION, BULK):
        members = context.schoology.members([each.schoology_id for each in sections])
        linked = _linked(context, [each.sis_id for each in sections])
        for section in sections:
            there = members.get(section.schoology_id)
            if there is None:
                lines.gone(section)
            else:
                _compare(lines, section, linked.get(section.sis_id, {}), there)
        lines.report("enrollments")


def _linked(context: RunContext, section_keys: Sequence[str]) -> dict[str, dict[str, LinkRow]]:
    """Section key → Schoology user → link of the enrollment."""
    district = context.district
    rows = links.lists.seats_of_sections(district, section_keys)
    uids = links.read.schoology_ids(district, Kind.USER, (each.person for each in rows))
    district.session.commit()
    found: dict[str, dict[str, LinkRow]] = defaultdict(dict)
    for each in rows:
        found[each.parent][uids.get(each.person, "")] = each
    return found


def _compare(
    lines: DriftLines,
    section: LinkRow,
    linked: Mapping[str, LinkRow],
    there: Sequence[Member],
) -> None:
    members = {each.uid: each for each in there}
    for uid, link in linked.items():
        if uid not in members:
            lines.differ(link, "", Code.NOT_FOUND_BY_KEY)
        else:
            lines.compare(link, {"admin": members[uid].admin})
    for uid, member in members.items():
        if uid not in linked:
            lines.keep(
                {
                    "kind": str(Kind.ENROLLMENT),
                    "sis_id": seat_id(section.sis_id, f"by-hand:{uid}"),
                    "schoology_id": member.enrollment_id,
                    "building": section.building,
                    "parent": section.sis_id,
                    "label": f"Schoology user {uid} in {section.label or section.sis_id}",
                    "after": canonical({"admin": member.admin}),
                    "reason_code": str(Code.ENROLLED_BY_HAND),
                }
            )
