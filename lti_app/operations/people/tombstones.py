"""Marks of people who were erased: a hash of each of their ids, made with a key of the installation.

A mark says that someone with an id was erased to whoever has the id, and nothing to anybody else: the key is
sealed. It tells a person who comes back from a new one, and finds them in a backup that is older than their
erasure.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from lti_app.models import ErasedPerson, Installation
from lti_app.operations.people.person import Person
from lti_app.store.district import District
from lti_app.vault import Vault

SHOWN = 12
"""Characters of a mark that stand for it in the audit."""


def marks(district: District, vault: Vault, person: Person) -> list[str]:
    """The marks of a person's ids, that of the SIS key first; makes the installation's key where it has none.
    The caller commits."""
    key = _key(district, vault)
    named = (("key", person.key), ("account", person.uid))
    return [_mark(key, kind, each) for kind, each in named if each]


def put(district: District, vault: Vault, person: Person, moment: datetime) -> str:
    """Mark a person as erased; the short form of the mark. The caller commits."""
    made = marks(district, vault, person)
    for each in made:
        district.session.merge(ErasedPerson(installation_id=district.id, mark=each, erased_at=moment))
    return made[0][:SHOWN]


def remove(district: District, vault: Vault, person: Person) -> None:
    """Forget the marks of someone who came back. The caller commits."""
    for each in marks(district, vault, person):
        row = district.session.get(ErasedPerson, (district.id, each))
        if row is not None:
            district.session.delete(row)


def erased_at(district: District, vault: Vault, person: Person) -> datetime | None:
    """When someone with one of these ids was erased."""
    row = district.session.get(Installation, district.id)
    if row is None or not row.person_key:
        return None
    found = district.select(ErasedPerson.erased_at).where(
        ErasedPerson.mark.in_(marks(district, vault, person))
    )
    return district.session.scalar(found.order_by(ErasedPerson.erased_at.desc()).limit(1))


def marked(district: District, vault: Vault, kind: str, ids: Iterable[str]) -> list[str]:
    """Which of these ids (kind: key or account) are those of people who were erased."""
    known = set(district.session.scalars(district.select(ErasedPerson.mark)))
    if not known:
        return []
    key = _key(district, vault)
    return [each for each in ids if _mark(key, kind, each) in known]


def _mark(key: bytes, kind: str, each: str) -> str:
    return hmac.new(key, f"{kind}\n{each}".encode(), hashlib.sha256).hexdigest()


def _key(district: District, vault: Vault) -> bytes:
    row = district.session.get_one(Installation, district.id)
    if not row.person_key:
        row.person_key = vault.seal(secrets.token_hex(32))
        district.session.flush()
    return vault.open(row.person_key).encode()
