"""What a district knows again after its connection changed: linked records against those of the new read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, select

from lti_app.models import Run, Scope, Staged
from lti_app.school.records import OBJECTS, Kind
from lti_app.setup import sis_move
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.review import preview


class Known(NamedTuple):
    """One side of a record. `code`: group and number of a person, or the code of a course or section."""

    sis_id: str
    code: str
    name: str


@dataclass(frozen=True)
class Recognized:
    """The linked records of one kind, each counted once."""

    kind: Kind
    by_key: int
    """The same key and the same name."""
    by_code: Mapping[str, str]
    """Former key → new key, of the same number or code under another key."""
    by_name: int
    """Only the name is the same: Data Prep asks a person."""
    renamed: tuple[Known, ...]
    """The same key, but another name: it may be someone else."""
    unknown: tuple[str, ...]
    """The former keys of everything that is not known again, those that only share a name included."""
    fresh: int
    """Records of the new read that belong to nothing that is linked."""

    @property
    def linked(self) -> int:
        """Everything that is linked."""
        return self.by_key + len(self.by_code) + len(self.renamed) + len(self.unknown)


@dataclass(frozen=True)
class Findings:
    """What the newest read since the change found. What is not `complete` says nothing of what is missing."""

    run: Run
    complete: bool
    kinds: tuple[Recognized, ...]

    @property
    def open(self) -> int:
        """Records that no one can be sure of."""
        return sum(len(each.unknown) + len(each.renamed) for each in self.kinds)


def findings(district: District) -> Findings | None:
    """Compare links with the newest full read since the change; None before there is one."""
    moved_at = sis_move.moving(district).get("at")
    run = preview.last_planned_run(district)
    if run is None or moved_at is None or run.started_at < datetime.fromisoformat(moved_at):
        return None
    kinds = tuple(_recognized(district, run, kind) for kind in OBJECTS)
    return Findings(run, complete=_is_complete(district, run), kinds=kinds)


def keep_known(district: District, found: Findings) -> int:
    """Give links the new keys of what is known by number or code; how many. The caller commits."""
    return sum(links.write.relink(district, each.kind, each.by_code) for each in found.kinds)


def set_free(district: District, found: Findings) -> int:
    """Forget the links of what is not known again, so that Data Prep can pair it; how many. Nothing changes
    in Schoology. The caller commits."""
    number = 0
    for each in found.kinds:
        lost = [*each.unknown, *(known.sis_id for known in each.renamed)]
        for sis_id in lost:
            links.write.forget_children(district, each.kind, sis_id)
        links.write.remove(district, each.kind, lost)
        number += len(lost)
    return number


def _is_complete(district: District, run: Run) -> bool:
    """Whether every list was read to its end."""
    short = select(Scope.run_id).where(Scope.run_id == run.id, Scope.complete.is_(False))
    return district.session.scalar(short.limit(1)) is None


def _recognized(district: District, run: Run, kind: Kind) -> Recognized:
    linked = {each.sis_id: each for each in _linked(district, kind)}
    read = {each.sis_id: each for each in _read(district, run, kind)}
    same = linked.keys() & read.keys()
    renamed = tuple(linked[each] for each in sorted(same) if _name(linked[each]) != _name(read[each]))
    gone = [each for key, each in linked.items() if key not in same]
    came = [each for key, each in read.items() if key not in same]
    by_code = _pairs(gone, came, lambda each: each.code)
    taken = set(by_code.values())
    gone = [each for each in gone if each.sis_id not in by_code]
    came = [each for each in came if each.sis_id not in taken]
    return Recognized(
        kind=kind,
        by_key=len(same) - len(renamed),
        by_code=by_code,
        by_name=len(_pairs(gone, came, _name)),
        renamed=renamed,
        unknown=tuple(each.sis_id for each in gone),
        fresh=len(came),
    )


def _linked(district: District, kind: Kind) -> list[Known]:
    rows = links.lists.keys_in_use(district, kind)
    return [_known(kind, row) for row in rows]


def _read(district: District, run: Run, kind: Kind) -> list[Known]:
    rows = district.session.execute(
        select(Staged.sis_id, Staged.role, Staged.number, Staged.natural_key, Staged.label).where(
            Staged.run_id == run.id, Staged.kind == kind
        )
    )
    return [_known(kind, row) for row in rows]


def _known(kind: Kind, row: Row[str, str, str, str, str]) -> Known:
    """People keep their number whatever unique ids are made of; a student and a teacher may have the same."""
    sis_id, role, number, natural_key, label = row
    is_numbered = kind == Kind.USER and number
    return Known(sis_id, f"{role} {number}" if is_numbered else natural_key, label)


def _name(each: Known) -> str:
    return " ".join(each.name.casefold().split())


def _pairs(gone: list[Known], came: list[Known], mark: Callable[[Known], str]) -> dict[str, str]:
    """Former key → new key, where exactly one of each side has a mark."""
    before, after = Counter(map(mark, gone)), Counter(map(mark, came))
    by_mark = {mark(each): each.sis_id for each in came if after[mark(each)] == 1}
    return {
        each.sis_id: by_mark[mark(each)]
        for each in gone
        if mark(each) and before[mark(each)] == 1 and mark(each) in by_mark
    }
