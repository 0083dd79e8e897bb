"""Apply the good lines of a checked file: the job that someone asked for who has seen what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import tuple_

from lti_app import clock, formats
from lti_app.models import Job, PairState, PrepLine, PrepPair, PrepUpload, Run
from lti_app.runs.words.kinds import counted_kind
from lti_app.school.prep import DecisionCode, FileCode
from lti_app.school.reasons import Reason, because
from lti_app.store import audit
from lti_app.store.bulk import AT_ONCE
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep import decide, status
from lti_app.sync.data_prep.files.check import forget

VERBS = ("part", "accept", "pair")
"""What gives a record up comes before what takes it."""
PHASE = "applying_file"
Refused = Mapping[int, Reason]
"""Line → why it could not be applied any more."""


def apply(context: RunContext, run_id: int) -> None:
    """Carry out the good lines, batch by batch; a line that is done is gone, so that it may be repeated after
    a crash. Commits."""
    district, run = context.district, context.session.get_one(Run, context.run_id)
    kind, job = run.notes.table, context.session.get_one(Job, run.job_id)
    who = audit.Nobody(job.asked_by, job.asked_by_uid)
    upload = district.session.get(PrepUpload, (district.id, kind))
    if upload is None or upload.to_check:
        run.counts = {**run.counts, "file": {"applied": 0, "refused": 0, "first": {}}}
        return
    done = upload.changes - _left(district, kind)
    for verb in VERBS:
        while batch := _next(district, kind, verb):
            refused = _carried_out(district, verb, batch, who)
            if refused and not upload.first_refused:
                upload.first_refused = refused[min(refused)]
            upload.refused += len(refused)
            done += len(batch)
            for each in batch:
                district.session.delete(each)
            context.progress.report(PHASE, done, upload.changes)
    _end(context, upload, run_id, who)


def _left(district: District, kind: str) -> int:
    lines = district.select(PrepLine.line).where(PrepLine.kind == kind, PrepLine.verb != "problem")
    return len(district.session.scalars(lines).all())


def _next(district: District, kind: str, verb: str) -> list[PrepLine]:
    lines = district.select(PrepLine).where(PrepLine.kind == kind, PrepLine.verb == verb)
    return list(district.session.scalars(lines.order_by(PrepLine.line).limit(AT_ONCE)))


def _carried_out(district: District, verb: str, batch: Sequence[PrepLine], who: audit.Who) -> Refused:
    if verb == "accept":
        return _accept(district, batch, who)
    decision, refused = decide.part if verb == "part" else decide.pair, {}
    for each in batch:
        try:
            decision(
                district, each.kind, sis_id=each.sis_id, schoology_id=each.schoology_id, who=who, by="file"
            )
        except decide.CannotDecide as error:
            refused[each.line] = _of(each, error.reason)
    return refused


def _of(line: PrepLine, why: Reason) -> Reason:
    return because(FileCode.PREP_LINE_REFUSED, id=line.schoology_id, why=why)


def _accept(district: District, batch: Sequence[PrepLine], who: audit.Who) -> Refused:
    """Accept exactly the pairs that the file names; what is not proposed any more is told."""
    both = tuple_(PrepPair.schoology_id, PrepPair.sis_id)
    accepted = district.session.execute(
        district.update(PrepPair)
        .where(
            PrepPair.kind == batch[0].kind,
            both.in_([(each.schoology_id, each.sis_id) for each in batch]),
            PrepPair.state == PairState.PROPOSED,
        )
        .values(state=PairState.ACCEPTED, decided_by=who.name, decided_at=clock.now())
        .returning(PrepPair.schoology_id)
        .execution_options(synchronize_session=False)
    )
    done = set(accepted.scalars())
    return {
        each.line: _of(each, because(DecisionCode.PREP_NOT_SUGGESTED, sis_id=each.sis_id))
        for each in batch
        if each.schoology_id not in done
    }


def _end(context: RunContext, upload: PrepUpload, run_id: int, who: audit.Who) -> None:
    district, number = context.district, upload.changes - upload.refused
    run = district.session.get_one(Run, context.run_id)
    ended = {"applied": number, "refused": upload.refused, "first": upload.first_refused.to_json()}
    run.counts = {**run.counts, "file": ended}
    what = f"Data Prep: file of matches for {counted_kind(upload.kind, 2)}"
    audit.record(district, who, what, new=f"{formats.counted(number, 'row')} applied")
    forget(district, upload.kind)
    status.refresh(district, run_id)
    district.session.commit()
