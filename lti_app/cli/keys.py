"""flask keys: renew the keys that protect the secrets."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.lti.registrations import new_private_key
from lti_app.models import Installation, Platform
from lti_app.operations import forgetting
from lti_app.store import audit, sealed
from lti_app.store.district import District
from lti_app.vault import Vault, VaultError

group = AppGroup("keys", help="Renew the keys that protect the secrets.")


@group.command("rotate")
@click.option(
    "--forget-unreadable",
    is_flag=True,
    help="After a key was lost: forget every secret that no key opens, and say what to enter again.",
)
def rotate(forget_unreadable: bool) -> None:
    """Seal every secret with the newest key, and renew the app's signing keys.

    The previous signing key is still served until the next rotation. Keep the older keys in
    LTI_APP_SECRET_KEYS as long as you keep backups from before: 'doctor --backup FILE' says which keys a
    backup needs.
    """
    vault = current_app.extensions["wiring"].vault
    if forget_unreadable:
        for line in forgetting.forget_unreadable(db.session, vault):
            click.echo(line)
    try:
        resealed = _reseal_all(vault)
    except VaultError as error:
        db.session.rollback()
        raise click.ClickException(str(error)) from error
    platforms = db.session.scalars(select(Platform)).all()
    for platform in platforms:
        platform.former_private_key = platform.private_key
        platform.former_public_jwk, platform.public_jwk = platform.public_jwk, {}
        platform.private_key = vault.seal(new_private_key())
    for installation_id in db.session.scalars(select(Installation.id)).all():
        audit.record(
            District(db.session, installation_id), audit.THE_HOST, "Keys of the app", new=audit.CHANGED
        )
    db.session.commit()
    click.echo(f"Secrets resealed: {resealed}. Signing keys renewed: {len(platforms)}.")
    click.echo("Keep the former keys as long as you keep backups from before; see 'doctor --backup FILE'.")


def _reseal_all(vault: Vault) -> int:
    """Reseal every sealed value of every table; returns how many there are."""
    count = 0
    for row, name in sealed.each_value(db.session):
        setattr(row, name, vault.reseal(getattr(row, name)))
        count += 1
    return count
