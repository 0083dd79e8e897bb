"""Statements that are built once and then sent for each run: building one takes longer than sending it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BigInteger, bindparam

from lti_app.models import Run
from lti_app.school.run_kinds import RunKind

Statement = TypeVar("Statement")


class AnyRun:
    """Stands in a statement for a run of whole lists; `keys_of` names the run when the statement is sent."""

    id: Any = bindparam("any_run", type_=BigInteger)
    installation_id: Any = bindparam("any_district", type_=BigInteger)


ANY_RUN = AnyRun()


def for_run(run: Run, build: Callable[..., Statement], *facts: Hashable) -> Statement:
    """What `build(run, *facts)` makes, to be sent with `keys_of(run)`. Except for a run of one record it is
    built at its first use, so `build` reads nothing of a run but the ids that an `AnyRun` has."""
    return build(run, *facts) if run.what == RunKind.ONE else _built(build, facts)


def keys_of(run: Run) -> dict[str, int]:
    """The parameters of a statement that was built for any run."""
    return {"any_run": run.id, "any_district": run.installation_id}


@cache
def _built(build: Callable[..., Statement], facts: tuple[Hashable, ...]) -> Statement:
    return build(ANY_RUN, *facts)
