"""Something that happens at a certain moment of a run, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction


@contextmanager
def once(when: Callable[[], bool], what: Callable[[], object]) -> Iterator[list[int]]:
    """Do something between two transactions of this process, the first time that it is time; what is yielded
    counts the transactions that followed."""
    followed: list[int] = []

    def passed(_session: Session, ended: SessionTransaction) -> None:
        if ended.parent is not None:
            return
        if followed:
            followed[0] += 1
        elif when():
            followed.append(0)
            what()

    event.listen(Session, "after_transaction_end", passed)
    try:
        yield followed
    finally:
        event.remove(Session, "after_transaction_end", passed)


@contextmanager
def at_transaction(number: int, what: Callable[[], object]) -> Iterator[list[int]]:
    """Do something just after so many transactions of this process."""
    passed = iter(range(1, number + 1))
    with once(lambda: next(passed) == number, what) as followed:
        yield followed
