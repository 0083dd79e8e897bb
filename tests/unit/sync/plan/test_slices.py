"""A plan is written in slices, so that no other writer waits until all of it is there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from lti_app.models import Change
from lti_app.sync.plan import diff, make
from tests.unit.conftest import Engine
from tests.unit.sync.apply.test_lost_answers import ten_students

SLICE = 5


@pytest.fixture
def transactions(engine: Engine) -> list[int]:
    """Lines of plans that each transaction adds or deletes."""
    found = [0]

    def counted(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        verb, *_, table = statement.replace('"', "").split(None, 3)[:3]
        found[-1] += cursor.rowcount if verb in ("INSERT", "DELETE") and table == "change" else 0

    bind: Any = engine.session.get_bind()
    event.listen(bind, "after_cursor_execute", counted)
    event.listen(bind, "commit", lambda _connection: found.append(0))
    return found


def test_a_plan_is_written_in_slices(
    engine: Engine, transactions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diff, "SLICE", SLICE)

    ten_students(engine)

    lines = engine.session.scalars(select(Change).order_by(Change.seq)).all()
    assert len(lines) > 30 and sum(transactions) == len(lines)
    assert max(transactions) == SLICE
    assert [each.seq for each in lines] == list(range(1, len(lines) + 1))
    seats = [(each.parent, each.sis_id) for each in lines if each.kind == "enrollment"]
    assert seats == sorted(seats)


def test_an_unfinished_plan_is_deleted_in_slices(
    engine: Engine, transactions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "SLICE", SLICE)
    real = make.brakes.judge

    def breaks(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(make.brakes, "judge", breaks)
    with pytest.raises(OSError):
        ten_students(engine)
    monkeypatch.setattr(make.brakes, "judge", real)
    written = engine.session.scalars(select(Change.id)).all()
    transactions[:] = [0]

    engine.run()

    assert len(written) > 30
    assert SLICE in transactions and len([each for each in transactions if each == SLICE]) >= 6
