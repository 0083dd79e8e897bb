"""An uploaded file of pairs: checked line by line, kept, and applied once a person has confirmed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import tuple_

from lti_app import clock, formats
from lti_app.models import PairState, PrepPair, PrepUpload
from lti_app.store import audit
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District
from lti_app.sync.data_prep import decide, spreadsheet, status
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.spreadsheet import Cells
from lti_app.sync.data_prep.upload_lookup import Known

NOT_PROPOSED = "the match with {} is no longer suggested. Download the list again."
MOST_SEARCHES = 200
"""For so many unknown ids it is found out which zeros they lost."""


@dataclass
class Checked:
    """What a file would do."""

    changes: list[list[str]] = field(default_factory=list)
    errors: list[list[object]] = field(default_factory=list)
    same: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """Id → the line that had it first."""
    searches: int = 0


def check(district: District, kind: str, data: bytes, *, who: audit.Who) -> PrepUpload:
    """Compare a file with what stands, and keep the result. Raises NotAFile or CannotDecide; commits."""
    reading = data_prep_reading.reading(district)
    if reading is None:
        raise decide.CannotDecide(decide.NO_READING)
    checked = Checked()
    for batch in chunks(spreadsheet.read(data), AT_ONCE):
        _check(district, reading.id, kind, batch=batch, checked=checked)
    upload = PrepUpload(
        installation_id=district.id,
        kind=kind,
        changes=checked.changes,
        errors=checked.errors,
        same=checked.same,
        uploaded_by=who.name,
        uploaded_at=clock.now(),
    )
    district.session.merge(upload)
    district.session.commit()
    return upload


def _check(  # noqa: PLR0913 - what a batch is compared with
    district: District, run_id: int, kind: str, *, batch: list[Cells], checked: Checked
) -> None:
    known = Known(district.session, district.id, run_id, kind, batch=batch)
    for cells in batch:
        problem = cells.problem or _line(known, cells, checked)
        if problem:
            checked.errors.append([cells.line, problem])


def _line(known: Known, cells: Cells, checked: Checked) -> str:
    """Take one line in, or say what is wrong with it."""
    uid, text = cells.schoology_id, cells.mapping_id
    if not uid:
        return (
            ""
            if not text
            else (
                "This row has a Mapping ID but no Schoology ID. Enter the SIS ID in the row of the "
                "Schoology record that it belongs to."
            )
        )
    if uid not in known.theirs:
        return f"Schoology ID “{uid}” isn’t in the Data Prep data. Don’t change that column."
    before = checked.seen.setdefault(f"schoology {uid}", cells.line)
    if before != cells.line:
        return f"Schoology ID “{uid}” is already in row {before}. Remove one of the two rows."
    linked = known.links.get(uid, "")
    paired, state = known.pairs.get(uid, ("", ""))
    if not text:
        return _emptied(known, uid, linked or paired, checked)
    sis_id = known.sis_id(cells)
    if not sis_id:
        return _unknown(known, text, checked)
    before = checked.seen.setdefault(f"sis {sis_id}", cells.line)
    if before != cells.line:
        return f"Mapping ID “{text}” is already in row {before}. A record can have only one match."
    if sis_id == linked or (sis_id == paired and state == PairState.ACCEPTED):
        checked.same += 1
    elif linked or sis_id in known.taken:
        return (
            f"“{uid}” or “{sis_id}” is already linked to another record. Remove that match on the page first."
        )
    else:
        checked.changes.append(["accept" if sis_id == paired else "pair", uid, sis_id])
    return ""


def _emptied(known: Known, uid: str, partner: str, checked: Checked) -> str:
    if partner in known.synced:
        return (
            f"“{uid}” is linked to “{partner}”, and a sync has already used this match. You can’t remove "
            "it with a file."
        )
    if partner:
        checked.changes.append(["part", uid, partner])
    else:
        checked.same += 1
    return ""


def _unknown(known: Known, text: str, checked: Checked) -> str:
    checked.searches += 1
    lost = known.with_zeros(text) if checked.searches <= MOST_SEARCHES else []
    if lost:
        return (
            f"The SIS has no “{text}”, but it has “{lost[0]}”: the spreadsheet removed leading zeros. "
            f"Format the column as text and write {lost[0]}."
        )
    several = known.named(text)
    if several:
        return f"“{text}” may be {' or '.join(several)}. Enter the full ID."
    return f"The SIS has no “{text}” in the Data Prep data. Check the SIS ID on the right of its row."


def apply(district: District, kind: str, *, who: audit.Who) -> tuple[int, list[str]]:
    """Carry out the good lines of the kept file: how many, and what could not be done any more. Commits."""
    upload = district.session.get(PrepUpload, (district.id, kind))
    reading = data_prep_reading.reading(district)
    if upload is None or reading is None:
        raise decide.CannotDecide("The checked file is no longer available. Upload it again.")
    by_verb: dict[str, list[list[str]]] = {"part": [], "accept": [], "pair": []}
    for verb, uid, sis_id in upload.changes:
        by_verb[verb].append([uid, sis_id])
    problems = [*_carry_out(district, kind, "part", lines=by_verb["part"], who=who)]
    problems += _accept(district, kind, lines=by_verb["accept"], who=who)
    problems += _carry_out(district, kind, "pair", lines=by_verb["pair"], who=who)
    number = len(upload.changes) - len(problems)
    what = f"Data Prep: file of matches ({kind})"
    audit.record(district, who, what, new=f"{formats.counted(number, 'row')} applied")
    district.session.delete(upload)
    status.refresh(district, reading.id)
    district.session.commit()
    return number, problems


def _carry_out(  # noqa: PLR0913 - what a part of a file consists of
    district: District,
    kind: str,
    verb: str,
    *,
    lines: list[list[str]],
    who: audit.Who,
) -> Iterator[str]:
    decision = decide.part if verb == "part" else decide.pair
    for uid, sis_id in lines:
        try:
            decision(district, kind, sis_id=sis_id, schoology_id=uid, who=who, by="file")
        except decide.CannotDecide as error:
            yield f"{uid}: {error}"


def _accept(district: District, kind: str, lines: list[list[str]], *, who: audit.Who) -> Iterator[str]:
    """Accept exactly the pairs that the file names; what is not proposed any more is told."""
    for batch in chunks(lines, AT_ONCE):
        both = tuple_(PrepPair.schoology_id, PrepPair.sis_id)
        accepted = district.session.execute(
            district.update(PrepPair)
            .where(
                PrepPair.kind == kind,
                both.in_([tuple(each) for each in batch]),
                PrepPair.state == PairState.PROPOSED,
            )
            .values(state=PairState.ACCEPTED, decided_by=who.name, decided_at=clock.now())
            .returning(PrepPair.schoology_id)
            .execution_options(synchronize_session=False)
        )
        done = set(accepted.scalars())
        yield from (f"{uid}: {NOT_PROPOSED.format(sis_id)}" for uid, sis_id in batch if uid not in done)


def discard(district: District, kind: str) -> None:
    """Forget the kept file. Commits."""
    upload = district.session.get(PrepUpload, (district.id, kind))
    if upload is not None:
        district.session.delete(upload)
        district.session.commit()
