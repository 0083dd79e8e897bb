"""After a key was lost: what it had sealed is forgotten, so that it can be entered again."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.lti.registrations import new_private_key
from lti_app.models import (
    ActingUser,
    AuthorizeWindow,
    ErasedPerson,
    Installation,
    LiveSync,
    Platform,
    SisConnection,
)
from lti_app.vault import Vault


def forget_unreadable(session: Session, vault: Vault) -> list[str]:
    """Forget every secret that no key opens; a sentence for each that has to be entered again. The caller
    commits."""
    for platform in session.scalars(select(Platform)):
        if not vault.opens(platform.private_key):
            platform.private_key, platform.public_jwk = vault.seal(new_private_key()), {}
        if platform.former_private_key and not vault.opens(platform.former_private_key):
            platform.former_private_key, platform.former_public_jwk = "", {}
    session.execute(delete(AuthorizeWindow))
    rows = session.scalars(select(Installation).order_by(Installation.id)).all()
    return [f"{row.name}: {what}" for row in rows for what in _forgotten(session, row, vault)]


def _forgotten(session: Session, row: Installation, vault: Vault) -> list[str]:
    found = []
    if row.consumer_secret and not vault.opens(row.consumer_secret):
        row.consumer_key = row.consumer_secret = ""
        found.append(f"run 'installation set-key --installation {row.id}'")
    acting_user = session.get(ActingUser, row.id)
    if acting_user and not (vault.opens(acting_user.token) and vault.opens(acting_user.token_secret)):
        session.delete(acting_user)
        found.append("a system administrator has to select Make me the Acting User")
    connection = session.get(SisConnection, row.id)
    if connection and connection.secrets and not vault.opens(connection.secrets):
        connection.secrets, connection.secret_names = "", []
        found.append("the Acting User has to enter the SIS credentials again")
    if row.person_key and not vault.opens(row.person_key):
        row.person_key = ""
        session.execute(delete(ErasedPerson).where(ErasedPerson.installation_id == row.id))
        found.append("people who were erased can't be told from new ones anymore")
    live = session.get(LiveSync, row.id)
    if live and live.secret and not vault.opens(live.secret):
        session.delete(live)
        found.append("the Acting User has to turn live sync on again")
    return found
