"""What stands about the ids that some lines of a file name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_app.models import PrepPair, PrepRow, Side
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.data_prep import reading
from lti_app.sync.data_prep.files.spreadsheet import Cells


@dataclass(frozen=True)
class Row:
    """What is needed of a row: the number that people know it by, and its class."""

    number: str
    group: str


class Known:
    """What stands about the ids of some lines."""

    def __init__(
        self, session: Session, installation_id: int, run_id: int, kind: str, *, batch: list[Cells]
    ) -> None:
        self.session, self.run_id, self.kind = session, run_id, kind
        theirs = {text for each in batch for text in (each.schoology_id, each.marked[0]) if text}
        asked = {text for each in batch for text in (each.mapping_id, each.marked[1]) if text}
        self.theirs = self._rows(Side.SCHOOLOGY, theirs)
        by_number = self._by_number(asked)
        self.ours = {**self._rows(Side.SIS, asked), **by_number}
        self._numbered: dict[str, list[str]] = {}
        for ident, row in sorted(by_number.items()):
            self._numbered.setdefault(row.number, []).append(ident)
        pairs = session.execute(
            select(PrepPair.schoology_id, PrepPair.sis_id, PrepPair.state).where(
                reading.stands(installation_id, kind), PrepPair.schoology_id.in_(theirs)
            )
        )
        self.pairs = {schoology_id: (sis_id, state) for schoology_id, sis_id, state in pairs}
        district = District(session, installation_id)
        self.links = links.read.sis_ids(district, Kind(kind), theirs)
        self.taken = links.read.linked(district, Kind(kind), self.ours)
        self.synced = links.read.synced(district, Kind(kind), self.links.values())

    def _rows(self, side: Side, idents: set[str]) -> Mapping[str, Row]:
        return self._found(reading.row_is(self.run_id, self.kind, side), PrepRow.ident.in_(idents))

    def _by_number(self, numbers: set[str]) -> Mapping[str, Row]:
        """People by the numbers that people know them by."""
        if self.kind != Kind.USER:
            return {}
        mine = reading.row_is(self.run_id, self.kind, Side.SIS)
        return self._found(mine, PrepRow.number.in_(numbers))

    def _found(self, *where: ColumnElement[bool]) -> Mapping[str, Row]:
        """A hundred thousand lines are looked up: only what is needed of each row is read."""
        query = select(PrepRow.ident, PrepRow.number, PrepRow.facts["class"].as_string()).where(*where)
        rows = self.session.execute(query)
        return {ident: Row(number, group or "") for ident, number, group in rows}

    def named(self, number: str) -> list[str]:
        """The SIS ids of everybody with this number."""
        return self._numbered.get(number, [])

    def schoology_id(self, cells: Cells) -> str:
        """The id of the Schoology record of a line; empty where there is none."""
        return next((each for each in (cells.schoology_id, cells.marked[0]) if each in self.theirs), "")

    def sis_id(self, schoology_id: str, cells: Cells) -> str:
        """The SIS id that a mapping id means: written out, or a number, if need be of the account's class."""
        for text in (cells.mapping_id, cells.marked[1]):
            if text in self.ours:
                return text
        found = self.named(cells.mapping_id) or self.named(cells.marked[1])
        if len(found) > 1:
            wanted = self.theirs[schoology_id].group
            found = [each for each in found if self.ours[each].group == wanted] or found
        return found[0] if len(found) == 1 else ""

    def with_zeros(self, text: str) -> list[str]:
        """Ids of the SIS that read the same once the zeros in front are gone."""
        known_by = PrepRow.number if self.kind == Kind.USER else PrepRow.ident
        query = select(PrepRow.ident, known_by).where(
            reading.row_is(self.run_id, self.kind, Side.SIS),
            known_by.endswith(f"0{text}", autoescape=True),
        )
        ends = self.session.execute(query.limit(5)).all()
        return [ident for ident, number in ends if number.lstrip("0") == text]
