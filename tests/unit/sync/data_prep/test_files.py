"""Files of pairs: read as a stream up to a limit, kept by line, applied by a job that may be broken off."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from sqlalchemy import event, func, select

from lti_app.jobs import queue
from lti_app.jobs.runner import JobStopped, Progress
from lti_app.models import Audit, PairState, PrepLine, PrepPair, PrepUpload
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.data_prep import decide
from lti_app.sync.data_prep.files import apply, check, spreadsheet
from lti_app.sync.data_prep.files.spreadsheet import NotAFile
from tests.factories import add_upload
from tests.unit.conftest import Engine
from tests.unit.sync.data_prep.test_job import Who, account, two_students, work

HEAD = "Schoology ID,Mapping ID\n"


@pytest.fixture
def prepared(engine: Engine) -> Engine:
    """Ann is paired with her account."""
    two_students(engine)
    account(engine, "x", first_name="Somebody", last_name="Else", username="some", role_id="1")
    work(engine)
    return engine


class Endless(io.BytesIO):
    """Rows that are made as they are read."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows, self._made = rows, self._make(rows)
        self._over = b""

    def _make(self, rows: int) -> Iterator[bytes]:
        yield HEAD.encode()
        for number in range(rows):
            yield f"{number},{number}\n".encode()

    def read(self, size: int | None = -1, /) -> bytes:
        assert size and 0 < size <= 1024 * 1024, "the file is read whole"
        while len(self._over) < size and (part := next(self._made, b"")):
            self._over += part
        given, self._over = self._over[:size], self._over[size:]
        return given

    read1 = read

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.__init__(self._rows)  # type: ignore[misc]
        return 0


def test_a_file_is_read_in_parts_and_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 20_000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in spreadsheet.read(Endless(20_000))) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 3 * 1024**2
    finally:
        tracemalloc.stop()
    with pytest.raises(NotAFile, match="file_too_long"):
        list(spreadsheet.read(Endless(20_001)))


def test_a_file_above_the_limit_leaves_the_one_before_as_it_was(
    prepared: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    district = District(prepared.session, 1)
    check.check(district, Kind.USER, io.BytesIO(f"{HEAD}u-100001,student:100001\n".encode()), who=Who())
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 1)

    with pytest.raises(NotAFile):
        check.check(district, Kind.USER, io.BytesIO(f"{HEAD}a,b\nc,d\n".encode()), who=Who())
    prepared.session.rollback()

    assert prepared.session.get_one(PrepUpload, (1, "user")).accepts == 1
    assert prepared.session.scalar(select(func.count()).select_from(PrepLine)) == 1


def test_a_job_that_is_broken_off_goes_on_with_the_lines_that_are_left(
    prepared: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "AT_ONCE", 1)
    session = prepared.session
    lines = [["part", "u-x", "student:100002"], ["accept", "u-100001", "student:100001"]]
    add_upload(session, Kind.USER, [*lines, ["pair", "u-nobody", "student:100002"]])
    session.commit()
    real, seen = Progress.report, []

    def report(self: Progress, phase: str, done: int, total: int) -> None:
        real(self, phase, done, total)
        seen.append((phase, done, total))
        if len(seen) == 2:
            raise JobStopped

    monkeypatch.setattr(Progress, "report", report)
    with pytest.raises(JobStopped):
        work(prepared, "file", table=Kind.USER)
    session.rollback()
    job = queue.active_job(District(session, 1))
    assert job is not None
    assert session.scalars(select(PrepLine.verb)).all() == ["pair"]
    with pytest.raises(decide.CannotDecide, match="prep_file_busy"):
        job.params = {"what": "prep", "step": "file", "table": "user"}
        check.discard(District(session, 1), Kind.USER)

    work(prepared, "file", job_id=job.id, table=Kind.USER)

    assert seen[-1] == ("applying_file", 3, 3)
    states = {row.schoology_id: row.state for row in session.scalars(select(PrepPair))}
    assert (states["u-x"], states["u-100001"]) == (PairState.REFUSED, PairState.ACCEPTED)
    assert session.scalars(select(PrepLine)).all() == session.scalars(select(PrepUpload)).all() == []
    line = session.scalars(select(Audit).where(Audit.what == "Data Prep: file of matches for users")).one()
    assert (line.new, line.name) == ("2 rows applied", "t")


def test_a_large_file_is_checked_by_a_job_as_a_small_one_is_at_once(
    prepared: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["u-100001,student:100001", "u-x,", "u-x,student:100002", "nobody,1", "8.1E+08,2", "u-x"]
    file = f"{HEAD}{chr(10).join(rows)}\n".encode()
    district, session = District(prepared.session, 1), prepared.session
    check.check(district, Kind.USER, io.BytesIO(file), who=Who())
    lines = select(PrepLine.line, PrepLine.verb, PrepLine.problem).order_by(PrepLine.line)
    at_once = session.execute(lines).all()
    monkeypatch.setattr(check, "AT_UPLOAD", 2)
    monkeypatch.setattr(check, "AT_ONCE", 2)

    kept = check.check(district, Kind.USER, io.BytesIO(file), who=Who())
    assert (kept.to_check, kept.changes) == (6, 0)
    work(prepared, "check", table=Kind.USER)

    assert session.execute(lines).all() == at_once
    kept = session.get_one(PrepUpload, (1, "user"))
    assert (kept.to_check, kept.accepts, kept.same, kept.problems) == (0, 1, 1, 4)
    assert kept.uploaded_by == "Avery Admin"


@pytest.mark.parametrize("rows", [10, 5_000])
def test_the_checked_page_reads_as_little_of_a_large_file_as_of_a_small_one(
    prepared: Engine, rows: int
) -> None:
    """What the page asks the database: numbers that are kept, and the first bad lines by their index."""
    session, asked = prepared.session, []
    add_upload(session, Kind.USER, [["problem", "", ""]] * rows)
    session.commit()
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))

    kept = session.get_one(PrepUpload, (1, "user"))
    shown = check.problems(District(session, 1), "user", 200)

    assert (kept.problems, len(shown)) == (rows, min(rows, 200))
    assert len(asked) == 2
    if session.get_bind().dialect.name == "sqlite":
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[1][0]}", asked[1][1]).all()
        assert "(installation_id=? AND kind=? AND verb=?)" in str(plan)
