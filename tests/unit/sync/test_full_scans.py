"""While changes are sent, no statement reads a whole table: a batch costs the same in every district."""

from __future__ import annotations

import re
import sys
from typing import Any

from sqlalchemy import event, func, select

from lti_app.models import Link, SyncOptions
from lti_app.school.limits import Limits
from tests.unit.conftest import Engine
from tests.unit.sync.apply.test_lost_answers import ten_students, without

LARGE = re.compile(r"^SCAN (change|staged|link)\b(?!.* ix_link_deleted$)")
"""A step through all of a large table; the index of what was deleted in Schoology holds few rows."""
FOR_EACH_BATCH = ("/sync/apply/", "/lti_app/jobs/")


def test_no_statement_of_a_batch_reads_a_whole_table(engine: Engine) -> None:
    asked: dict[str, Any] = {}

    def executed(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE") and _is_of_a_batch():
            asked.setdefault(statement, values[0] if isinstance(values, list) else values)

    bind: Any = engine.session.get_bind()
    event.listen(bind, "before_cursor_execute", executed)
    ten_students(engine)
    without(engine, "5001", "001")
    engine.run()
    event.remove(bind, "before_cursor_execute", executed)

    assert len(asked) > 10, len(asked)
    raw: Any = engine.session.connection().connection.driver_connection
    whole = {
        statement: step[3]
        for statement, values in asked.items()
        for step in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values if values else ())
        if LARGE.match(step[3])
    }
    assert not whole, "\n\n".join(f"{step}: {statement}" for statement, step in whole.items())


def _is_of_a_batch() -> bool:
    frame: Any = sys._getframe()
    while frame is not None:
        if any(each in frame.f_code.co_filename for each in FOR_EACH_BATCH):
            return True
        frame = frame.f_back
    return False


def test_the_links_of_a_batch_of_drops_go_with_one_statement(engine: Engine) -> None:
    deletes: list[str] = []
    ten_students(engine)
    for number in range(3):
        without(engine, "5001", f"{number:03}")
    options = engine.session.get_one(SyncOptions, 1)
    options.brakes = Limits(drop_share=0.5, drop_floor=50).to_json()
    engine.session.commit()

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        deletes.extend([statement] if statement.startswith("DELETE FROM link") else [])

    bind: Any = engine.session.get_bind()
    event.listen(bind, "before_cursor_execute", executed)
    engine.run()
    event.remove(bind, "before_cursor_execute", executed)

    left = select(func.count()).where(Link.kind == "enrollment")
    assert engine.session.scalar(left) == 17
    assert len(deletes) == 1
