"""While changes are sent, no statement reads a whole table: a batch costs the same in every district."""

from __future__ import annotations

import re
import sys
from typing import Any

from sqlalchemy import event

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
