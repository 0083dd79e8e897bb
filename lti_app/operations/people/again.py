"""A backup from before an erasure still has the person: a restore brings the marks along and erases again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from sqlite3 import DatabaseError

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lti_app.models import ErasedPerson, Installation
from lti_app.operations.people import erase
from lti_app.store import sqlite
from lti_app.store.district import District
from lti_app.vault import Vault


@dataclass(frozen=True)
class Marks:
    """What the database that is replaced knows of erased people."""

    keys: dict[int, str] = field(default_factory=dict)
    """Installation → the sealed key of its marks."""
    rows: list[tuple[int, str, datetime]] = field(default_factory=list)
    """(installation, mark, moment)."""

    def erase_again(self, session: Session, vault: Vault) -> int:
        """Bring the marks into a restored database and erase the people they name; how many. The caller
        commits. Marks of an installation that the backup doesn't have are left out."""
        rows = session.scalars(select(Installation)).all()
        return sum(self._of_one(session, row, vault) for row in rows)

    def _of_one(self, session: Session, row: Installation, vault: Vault) -> int:
        sealed = self.keys.get(row.id, "")
        if sealed and vault.opens(sealed):
            row.person_key = sealed
            mine = [each for each in self.rows if each[0] == row.id]
            for owner, mark, moment in mine:
                session.merge(ErasedPerson(installation_id=owner, mark=mark, erased_at=moment))
            session.flush()
        if not row.person_key or not vault.opens(row.person_key):
            return 0
        return erase.again(District(session, row.id), vault)


def kept_marks(engine: Engine, vault: Vault) -> Marks:
    """The marks in a database, without those of people who came back; none where it can't be read."""
    file = sqlite.file_of(engine)
    if file is not None and not file.exists():
        return Marks()
    try:
        with Session(engine) as session:
            return _marks(session, vault)
    except (SQLAlchemyError, DatabaseError):
        return Marks()


def _marks(session: Session, vault: Vault) -> Marks:
    """The same; what is forgotten for it isn't committed."""
    rows = session.scalars(select(Installation).where(Installation.person_key != "")).all()
    for row in rows:
        if vault.opens(row.person_key):
            erase.forget_returned(District(session, row.id), vault)
    kept = session.scalars(select(ErasedPerson)).all()
    marks = [(each.installation_id, each.mark, each.erased_at) for each in kept]
    found = Marks({row.id: row.person_key for row in rows}, marks)
    session.rollback()
    return found
