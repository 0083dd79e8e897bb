"""What is old is forgotten in slices: whoever else writes waits for one of them and not for all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Base, Change, Run, RunState, Staged
from lti_app.operations import prune
from lti_app.store.sqlite import prepare
from tests.factories import add_change, add_installation, add_job, add_run, add_staged

ROWS = 25


def test_old_rows_go_slice_by_slice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "SLICE", 10)
    engine = create_engine(f"sqlite:///{tmp_path / 'app.sqlite'}")
    prepare(engine)
    Base.metadata.create_all(engine)
    largest: list[int] = []
    written = [0]

    def executed(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE"):
            written[0] += max(cursor.rowcount, 0)

    def committed(_connection: Any) -> None:
        largest.append(written[0])
        written[0] = 0

    with Session(engine) as session:
        add_installation(session)
        long_ago = clock.now() - timedelta(days=4000)
        job = add_job(session, finished_at=long_ago)
        run = add_run(session, job, state=RunState.DONE, started_at=long_ago, finished_at=long_ago)
        for number in range(ROWS):
            add_staged(session, run, "user", str(number))
            add_change(session, run, number)
        session.commit()
        event.listen(engine, "after_cursor_execute", executed)
        event.listen(engine, "commit", committed)

        prune.prune(session)

        assert max(largest) == 10 and sum(largest) >= 2 * ROWS
        for table in (Staged, Change, Run):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    engine.dispose()
