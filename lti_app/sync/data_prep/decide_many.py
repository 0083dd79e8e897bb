"""One decision about all SIS records with the same doubt. Nothing is linked or sent here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select

from lti_app import clock
from lti_app.models import PairState, PrepPair, PrepRow, Side
from lti_app.runs.words.kinds import counted_kind
from lti_app.school.records import Kind
from lti_app.store import audit
from lti_app.store.bulk import chunks, upsert
from lti_app.store.district import District
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep import status
from lti_app.sync.data_prep.decide import NO_DATA, CannotDecide

AT_ONCE = 500


def accept(
    district: District, kind: str, doubt: str, *, who: audit.Who, building: str = ""
) -> tuple[int, int]:
    """Match each record of a doubt with its one possible match; the caller commits.

    Returns how many, and how many were left because another undecided record has the same possible match.
    """
    run_id = _run_id(district)
    rows = _of_doubt(district, run_id, kind=kind, doubt=doubt, building=building)
    claims = Counter(
        district.session.scalars(
            select(PrepRow.candidate).where(
                data_prep_reading.row_is(run_id, kind, Side.SIS), PrepRow.candidate != ""
            )
        )
    )
    sure = [(ident, candidate) for ident, candidate in rows if candidate and claims[candidate] == 1]
    _decide(district, kind, sure, state=PairState.ACCEPTED, who=who)
    _finish(
        district,
        kind,
        f"Data Prep: accepted possible matches of {counted_kind(kind, 2)}",
        number=len(sure),
        who=who,
    )
    return len(sure), len(rows) - len(sure)


def make_new(district: District, kind: str, doubt: str, *, who: audit.Who, building: str = "") -> int:
    """No record of a doubt is in Schoology: a sync makes them. How many; the caller commits."""
    rows = _of_doubt(district, _run_id(district), kind=kind, doubt=doubt, building=building)
    _decide(district, kind, [(ident, "") for ident, _ in rows], state=PairState.NEW, who=who)
    _finish(
        district,
        kind,
        f"Data Prep: new {counted_kind(kind, 2)} that a sync creates",
        number=len(rows),
        who=who,
    )
    return len(rows)


def _run_id(district: District) -> int:
    reading = data_prep_reading.reading(district)
    if reading is None:
        raise CannotDecide(NO_DATA)
    return reading.id


def _of_doubt(
    district: District, run_id: int, *, kind: str, doubt: str, building: str
) -> list[tuple[str, str]]:
    """SIS id and possible match of the undecided records of a doubt, in one school or all."""
    here = [PrepRow.building == building] if building else []
    rows = district.session.execute(
        select(PrepRow.ident, PrepRow.candidate).where(
            data_prep_reading.row_is(run_id, kind, Side.SIS),
            PrepRow.doubt_code == doubt,
            PrepRow.doubt_code != "",
            *here,
        )
    )
    return [(ident, candidate) for ident, candidate in rows]


def _decide(
    district: District, kind: str, pairs: Iterable[tuple[str, str]], *, state: PairState, who: audit.Who
) -> None:
    values = {
        "rule": "hand" if state == PairState.ACCEPTED else "",
        "state": state,
        "decided_by": who.name,
        "decided_at": clock.now(),
    }
    mine = {"installation_id": district.id, "kind": kind, **values}
    for batch in chunks(pairs, AT_ONCE):
        rows = [{**mine, "sis_id": sis_id, "schoology_id": schoology_id} for sis_id, schoology_id in batch]
        district.session.execute(
            upsert(district.session, PrepPair)
            .values(rows)
            .on_conflict_do_update(
                index_elements=["installation_id", "kind", "sis_id", "schoology_id"], set_=values
            )
        )


def _finish(district: District, kind: str, what: str, *, number: int, who: audit.Who) -> None:
    """Write the new status of a kind after many decisions, and the settings history."""
    if number:
        status.write_status(district, _run_id(district), kind=Kind(kind))
        audit.record(district, who, what, new=number)
