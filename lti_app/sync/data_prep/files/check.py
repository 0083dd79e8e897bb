"""An uploaded file of pairs: read as a stream, checked line by line, and kept until a person confirms it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import BinaryIO

from lti_app import clock
from lti_app.jobs import queue
from lti_app.models import PairState, PrepLine, PrepUpload, Run
from lti_app.school.prep import DecisionCode, LineCode
from lti_app.school.reasons import NO_REASON, Reason, because, encoded
from lti_app.school.run_kinds import RunKind
from lti_app.store import audit
from lti_app.store.bulk import AT_ONCE, chunks, insert_rows
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep import decide
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.files import spreadsheet
from lti_app.sync.data_prep.files.lookup import Known
from lti_app.sync.data_prep.files.spreadsheet import MAPPING_ID, SCHOOLOGY_ID, SHORTENED, Cells

FILE, CHECK = "file", "check"
"""The steps of Data Prep that apply a file, and check a large one."""
AT_UPLOAD = 5_000
"""Rows of a file that is checked while a person waits; a job checks a larger one."""
RAW = "raw"
COLUMNS = ("installation_id", "kind", "line", "verb", "schoology_id", "sis_id", "problem")
MOST_SEARCHES = 200
"""For so many unknown ids it is found out which zeros they lost."""


@dataclass
class Checked:
    """What a file would do."""

    lines: list[tuple[int, str, str, str, Reason]] = field(default_factory=list)
    """Line, verb, Schoology id, SIS id, problem: of those that change something or cannot be used."""
    same: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """Id → the line that had it first."""
    searches: int = 0


def check(district: District, kind: str, file: BinaryIO, *, who: audit.Who) -> PrepUpload:
    """Compare a file with what stands, and keep the result. Raises NotAFile or CannotDecide; commits."""
    reading = data_prep_reading.reading(district)
    if reading is None:
        raise decide.CannotDecide(decide.NO_DATA)
    raise_if_being_applied(district, kind)
    cells = spreadsheet.read(file)
    first = list(islice(cells, AT_UPLOAD + 1))
    if len(first) > AT_UPLOAD:
        return _kept(district, kind, chain(first, cells), who)
    checked = Checked()
    for batch in chunks(first, AT_ONCE):
        _check(district, reading.id, kind, batch=batch, checked=checked)
    return _write(district, kind, checked, who.name)


def _kept(district: District, kind: str, cells: Iterable[Cells], who: audit.Who) -> PrepUpload:
    """A large file as it came, for a job to check."""
    rows = [(district.id, kind, each.line, RAW, *each.marked, _column(each.problem)) for each in cells]
    forget(district, kind)
    insert_rows(district.session, "prep_line", COLUMNS, rows)
    upload = PrepUpload(
        installation_id=district.id,
        kind=kind,
        to_check=len(rows),
        uploaded_by=who.name,
        uploaded_at=clock.now(),
    )
    district.session.add(upload)
    district.session.commit()
    return upload


def check_kept(context: RunContext, run_id: int) -> None:
    """Check a large file line by line; may be repeated from the start after a crash. Commits."""
    district, run = context.district, context.session.get_one(Run, context.run_id)
    kind, checked = run.notes.table, Checked()
    upload = district.session.get(PrepUpload, (district.id, kind))
    if upload is None or not upload.to_check:
        return
    name, total, done, after = upload.uploaded_by, upload.to_check, 0, 0
    lines = district.select(PrepLine).where(PrepLine.kind == kind, PrepLine.verb == RAW)
    while batch := district.session.scalars(
        lines.where(PrepLine.line > after).order_by(PrepLine.line).limit(AT_ONCE)
    ).all():
        cells = [
            replace(spreadsheet.cells_of(each.line, each.schoology_id, each.sis_id), problem=each.problem)
            for each in batch
        ]
        _check(district, run_id, kind, batch=cells, checked=checked)
        done, after = done + len(batch), batch[-1].line
        district.session.expunge_all()
        context.progress.report("checking_file", done, total)
    kept = _write(district, kind, checked, name)
    run = context.session.get_one(Run, context.run_id)
    run.counts = {**run.counts, "file": {"changes": kept.changes, "problems": kept.problems}}
    district.session.commit()


def _write(district: District, kind: str, checked: Checked, name: str) -> PrepUpload:
    """Keep what a file would do. Commits."""
    forget(district, kind)
    rows = [(district.id, kind, *each, _column(problem)) for *each, problem in checked.lines]
    insert_rows(district.session, "prep_line", COLUMNS, rows)
    verbs = Counter(verb for _, verb, *_ in checked.lines)
    upload = PrepUpload(
        installation_id=district.id,
        kind=kind,
        accepts=verbs["accept"],
        pairs=verbs["pair"],
        parts=verbs["part"],
        problems=verbs["problem"],
        same=checked.same,
        uploaded_by=name,
        uploaded_at=clock.now(),
    )
    district.session.add(upload)
    district.session.commit()
    return upload


def raise_if_being_applied(district: District, kind: str) -> None:
    """Raises CannotDecide while a job of a file of this kind waits or runs."""
    jobs = (queue.active_job(district, lane=lane) for lane in queue.WRITERS)
    asked = [job.request for job in jobs if job is not None]
    if any(each.what == RunKind.PREP and each.step in (FILE, CHECK) and each.table == kind for each in asked):
        raise decide.CannotDecide(because(DecisionCode.PREP_FILE_BUSY))


def problems(district: District, kind: str, most: int) -> list[PrepLine]:
    """The first lines of the kept file that cannot be used."""
    query = district.select(PrepLine).where(PrepLine.kind == kind, PrepLine.verb == "problem")
    return list(district.session.scalars(query.order_by(PrepLine.line).limit(most)))


def forget(district: District, kind: str) -> None:
    """Forget the kept file. The caller commits."""
    for table in (PrepLine, PrepUpload):
        district.session.execute(district.delete(table).where(table.kind == kind))
    district.session.expire_all()


def discard(district: District, kind: str) -> None:
    """Forget the kept file. Raises CannotDecide while it is being applied. Commits."""
    raise_if_being_applied(district, kind)
    forget(district, kind)
    district.session.commit()


def _check(  # noqa: PLR0913 - what a batch is compared with
    district: District, run_id: int, kind: str, *, batch: list[Cells], checked: Checked
) -> None:
    known = Known(district.session, district.id, run_id, kind, batch=batch)
    for cells in batch:
        problem = cells.problem or _line(known, cells, checked)
        if problem:
            checked.lines.append((cells.line, "problem", "", "", problem))


def _line(known: Known, cells: Cells, checked: Checked) -> Reason:
    """Take one line in, or say what is wrong with it."""
    uid, text = known.schoology_id(cells), cells.mapping_id
    if not cells.schoology_id:
        return because(LineCode.LINE_WITHOUT_SCHOOLOGY_ID) if text else NO_REASON
    if not uid:
        missing = because(LineCode.LINE_NOT_IN_SCHOOLOGY, id=cells.schoology_id)
        return _shortened(SCHOOLOGY_ID, cells.schoology_id) or missing
    before = checked.seen.setdefault(f"schoology {uid}", cells.line)
    if before != cells.line:
        return because(LineCode.LINE_SCHOOLOGY_ID_TWICE, id=uid, line=before)
    linked = known.links.get(uid, "")
    paired, state = known.pairs.get(uid, ("", ""))
    if not text:
        return _emptied(known, cells, uid, partner=linked or paired, checked=checked)
    sis_id = known.sis_id(uid, cells)
    if not sis_id:
        return _unknown(known, text, checked)
    before = checked.seen.setdefault(f"sis {sis_id}", cells.line)
    if before != cells.line:
        return because(LineCode.LINE_MAPPING_ID_TWICE, id=text, line=before)
    if sis_id == linked or (sis_id == paired and state == PairState.ACCEPTED):
        checked.same += 1
    elif linked or sis_id in known.taken:
        return because(LineCode.LINE_LINKED_OTHERWISE, schoology_id=uid, sis_id=sis_id)
    else:
        checked.lines.append((cells.line, "accept" if sis_id == paired else "pair", uid, sis_id, NO_REASON))
    return NO_REASON


def _shortened(column: str, text: str) -> Reason:
    """That a spreadsheet made a number of an id: an id that is known as it stands was not shortened."""
    found = SHORTENED.fullmatch(text)
    return because(LineCode.LINE_SHORTENED, column=column, id=text) if found else NO_REASON


def _emptied(known: Known, cells: Cells, uid: str, *, partner: str, checked: Checked) -> Reason:
    if partner in known.synced:
        return because(LineCode.LINE_MATCH_IN_USE, schoology_id=uid, sis_id=partner)
    if partner:
        checked.lines.append((cells.line, "part", uid, partner, NO_REASON))
    else:
        checked.same += 1
    return NO_REASON


def _unknown(known: Known, text: str, checked: Checked) -> Reason:
    if shortened := _shortened(MAPPING_ID, text):
        return shortened
    checked.searches += 1
    lost = known.with_zeros(text) if checked.searches <= MOST_SEARCHES else []
    if lost:
        return because(LineCode.LINE_ZEROS_LOST, id=text, found=lost[0])
    several = known.named(text)
    if several:
        return because(LineCode.LINE_SEVERAL, id=text, found=" or ".join(several))
    return because(LineCode.LINE_NOT_IN_SIS, id=text)


def _column(problem: Reason) -> str:
    """What the column of a problem holds."""
    return encoded(problem.to_json())
