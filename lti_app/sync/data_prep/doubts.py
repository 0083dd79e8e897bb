"""Why an SIS record is left to a person: what speaks against its one possible match, or that it has several.

Written to the row, so that the table can be filtered by the doubt and many records be decided together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import aliased

from lti_app.models import PrepKey, PrepRow, PrepStatus, Side, TermRow
from lti_app.school.prep import RULES, Doubt, PrepOptions
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind
from lti_app.setup import choices
from lti_app.store.bulk import chunks
from lti_app.store.district import District
from lti_app.sync.data_prep import matching_keys, reading

AT_ONCE = 200
UNDECIDED = (PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT)
TAKEN = (PrepStatus.PAIRED, PrepStatus.LINKED)
DIFFERENT = {
    "periods": Doubt.DOUBT_PERIODS,
    "role": Doubt.DOUBT_ROLE,
    "year": Doubt.DOUBT_YEAR,
    "name": Doubt.DOUBT_NAME,
}
"""What `matching_keys.doubt` says → the code of it."""
ONLY = {
    "same_email": Doubt.DOUBT_ONLY_EMAIL,
    "same_username": Doubt.DOUBT_ONLY_USERNAME,
    "same_name": Doubt.DOUBT_ONLY_NAME,
    "same_family": Doubt.DOUBT_ONLY_FAMILY,
    "same_code": Doubt.DOUBT_ONLY_CODE,
    "same_title": Doubt.DOUBT_ONLY_TITLE,
    "same_section": Doubt.DOUBT_ONLY_SECTION,
}
"""Rule that never suggests a match → the code of having only that in common."""


@dataclass
class Shared:
    """What an SIS record has in common with Schoology: Schoology id → its row and the rules of their keys."""

    rows: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, set[str]] = field(default_factory=dict)

    def free(self) -> list[str]:
        """The ids of those that no other record has."""
        return [ident for ident, row in self.rows.items() if row.status not in TAKEN]


def judge(
    kind: str, ours: Mapping[str, Any], theirs: Mapping[str, Any], *, rules: set[str], options: PrepOptions
) -> Reason:
    """Why two rows that share the keys of these rules were not suggested as a match."""
    strong = [each for each in RULES[kind] if each in rules]
    weak = [each for each in matching_keys.SEEN[kind] if each in rules]
    for rule in (*strong, *weak):
        if against := matching_keys.doubt(kind, rule, ours, theirs):
            return _different(against, ours, theirs)
    if strong:
        used = any(each in options.used(kind) for each in strong)
        return because(Doubt.DOUBT_NOT_UNIQUE if used else Doubt.DOUBT_RULE_OFF, rule=strong[0])
    return because(ONLY[weak[0]]) if weak else because(Doubt.DOUBT_NOT_UNIQUE, rule="")


def _different(against: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Reason:
    values: dict[str, Any]
    if against == "periods":
        values = {"ours": list(ours.get("periods") or ()), "theirs": list(theirs.get("periods") or ())}
    elif against == "name":
        values = {"ours": _name(ours), "theirs": theirs.get("full_name") or _name(theirs)}
    elif against == "role":
        values = {"ours": ours.get("role", ""), "theirs": theirs.get("role", "")}
    else:
        values = {"ours": str(ours[against]), "theirs": str(theirs[against])}
    return because(DIFFERENT[against], **values)


def _name(facts: Mapping[str, Any]) -> str:
    return f"{facts.get('first_name', '')} {facts.get('last_name', '')}".strip()


def write(district: District, run_id: int, *, kind: Kind, narrowed: list[Any]) -> None:
    """Write the doubt of each undecided SIS record, and clear that of the others. The caller commits."""
    ours = [reading.row_is(run_id, kind, Side.SIS), *narrowed]
    _clear(district, ours)
    undecided = district.session.execute(
        select(PrepRow.ident, PrepRow.facts, PrepRow.status, PrepRow.reason_code).where(
            *ours, PrepRow.status.in_(UNDECIDED)
        )
    ).all()
    options, periods = choices.data_prep_options(district), _periods(district)
    for batch in chunks(undecided, AT_ONCE):
        shared = in_common(district, run_id, kind=kind, idents=[row.ident for row in batch])
        found = {row.ident: _of(kind, row, shared.get(row.ident, Shared()), options) for row in batch}
        _store(
            district,
            (run_id, str(kind)),
            {ident: (candidate, _told(reason, periods)) for ident, (candidate, reason) in found.items()},
        )


def _clear(district: District, ours: list[Any]) -> None:
    district.session.execute(
        update(PrepRow)
        .where(*ours, PrepRow.doubt_code != "")
        .values(doubt_code="", doubt_values={}, candidate="")
        .execution_options(synchronize_session=False)
    )


def _store(district: District, of: tuple[int, str], found: Mapping[str, tuple[str, Reason]]) -> None:
    run_id, kind = of
    statement = update(PrepRow).where(
        reading.row_is(run_id, kind, Side.SIS), PrepRow.ident == bindparam("of_record")
    )
    values = [
        {
            "of_record": ident,
            "doubt_code": why.code,
            "doubt_values": why.values,
            "candidate": candidate,
        }
        for ident, (candidate, why) in found.items()
    ]
    district.session.connection().execute(statement, values)


def _of(kind: Kind, row: Any, shared: Shared, options: PrepOptions) -> tuple[str, Reason]:
    """The one possible match, if there is just one, and the doubt."""
    free = shared.free()
    if row.reason_code == Code.PREP_KEY_TAKEN:
        return "", because(Doubt.DOUBT_TAKEN)
    if row.status == PrepStatus.CONFLICT:
        return "", because(Doubt.DOUBT_SHARED)
    if len(free) != 1:
        return "", because(Doubt.DOUBT_SEVERAL, count=len(free))
    theirs = shared.rows[free[0]]
    return free[0], judge(kind, row.facts, theirs.facts, rules=shared.rules[free[0]], options=options)


def in_common(district: District, run_id: int, *, kind: str, idents: Sequence[str]) -> dict[str, Shared]:
    """SIS id → what shares a key with it in Schoology and was not refused for it."""
    own, theirs = aliased(PrepKey), aliased(PrepKey)
    found = district.session.execute(
        select(own.ident, own.rule, theirs.ident)
        .where(
            reading.key_is(own, run_id, kind, Side.SIS),
            own.ident.in_(idents),
            reading.key_is(theirs, run_id, kind, Side.SCHOOLOGY),
            theirs.rule == own.rule,
            theirs.text == own.text,
            ~reading.decided_against(district.id, kind, own.ident, theirs.ident),
        )
        .distinct()
    ).all()
    rows = _rows(district, run_id, kind, {each for _, _, each in found})
    shared: dict[str, Shared] = {}
    for ident, rule, other in found:
        if other in rows:
            here = shared.setdefault(ident, Shared())
            here.rows[other] = rows[other]
            here.rules.setdefault(other, set()).add(rule)
    return shared


def _rows(district: District, run_id: int, kind: str, idents: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for batch in chunks(sorted(idents), AT_ONCE):
        rows = district.session.execute(
            select(PrepRow.ident, PrepRow.facts, PrepRow.status).where(
                reading.row_is(run_id, kind, Side.SCHOOLOGY), PrepRow.ident.in_(batch)
            )
        )
        found.update({row.ident: row for row in rows})
    return found


def told(district: District, reason: Reason) -> Reason:
    """A doubt with the names of grading periods instead of their Schoology ids."""
    return _told(reason, _periods(district))


def _told(reason: Reason, periods: Mapping[str, str]) -> Reason:
    if reason.code != Doubt.DOUBT_PERIODS:
        return reason
    named = {
        side: ", ".join(dict.fromkeys(periods.get(str(each), str(each)) for each in ids))
        for side, ids in reason.values.items()
    }
    return Reason(reason.code, named)


def _periods(district: District) -> dict[str, str]:
    """Schoology id → title of the grading periods that terms are matched with."""
    rows = district.session.execute(
        select(TermRow.grading_period_id, TermRow.grading_period_title).where(
            TermRow.installation_id == district.id, TermRow.grading_period_id != ""
        )
    )
    return {ident: title or ident for ident, title in rows}
