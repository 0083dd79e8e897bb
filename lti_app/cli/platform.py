"""flask platform: register the Schoology that launches the app."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import func, select

from lti_app.cli.typed import LINE
from lti_app.config import parts_of
from lti_app.extensions import db
from lti_app.formats import counted
from lti_app.lti.keys import raise_if_unsafe
from lti_app.lti.registrations import find_platform, new_private_key
from lti_app.models import Installation, Platform
from lti_app.outbound.errors import Unexpected

group = AppGroup("platform", help="Register the Schoology that launches the app.")


@group.command("add")
@click.option(
    "--issuer", type=LINE, required=True, help="Issuer; for Schoology, https://schoology.schoology.com."
)
@click.option("--client-id", type=LINE, required=True, help="The app's client ID (Options, API Info).")
@click.option("--auth-url", required=True, help="OIDC authorization address.")
@click.option("--token-url", required=True, help="Access token address.")
@click.option("--jwks-url", required=True, help="Key set address.")
def add(issuer: str, client_id: str, auth_url: str, token_url: str, jwks_url: str) -> None:
    """Add a platform, or change the addresses of an existing one."""
    for option, url in (("--auth-url", auth_url), ("--token-url", token_url), ("--jwks-url", jwks_url)):
        _check_url(option, url)
    found = find_platform(db.session, issuer, client_id)
    if found is None:
        sealed = current_app.extensions["wiring"].vault.seal(new_private_key())
        found = Platform(issuer=issuer, client_id=client_id, private_key=sealed)
        db.session.add(found)
    found.auth_url, found.token_url, found.jwks_url = auth_url, token_url, jwks_url
    db.session.commit()
    click.echo(f"Platform {issuer} with client ID {client_id} is registered.")


@group.command("list")
def list_platforms() -> None:
    """Print every platform: client ID, issuer, its three addresses, and how many installations it has."""
    number = func.count(Installation.id)
    rows = select(Platform, number).outerjoin(Installation).group_by(Platform.id).order_by(Platform.id)
    found = db.session.execute(rows).all()
    if not found:
        click.echo("There are no platforms. Add one with 'platform add'.")
    for row, installations in found:
        addresses = (row.auth_url, row.token_url, row.jwks_url)
        words = counted(installations, "installation")
        click.echo("\t".join((row.client_id, row.issuer, *addresses, words)))


@group.command("remove")
@click.option("--issuer", required=True, help="Issuer, as 'platform list' shows it.")
@click.option("--client-id", required=True, help="Client ID, as 'platform list' shows it.")
def remove(issuer: str, client_id: str) -> None:
    """Remove a platform that has no installations, such as one with a wrong client ID."""
    found = find_platform(db.session, issuer, client_id)
    if found is None:
        raise click.ClickException(
            f"There is no platform {issuer} with client ID {client_id}; see 'platform list'."
        )
    names = db.session.scalars(
        select(Installation.name).where(Installation.platform_id == found.id).order_by(Installation.id)
    ).all()
    if names:
        raise click.ClickException(
            f"These installations use it: {', '.join(names)}. Run 'installation remove' for each first."
        )
    db.session.delete(found)
    db.session.commit()
    click.echo(f"Platform {issuer} with client ID {client_id} was removed.")


def _check_url(option: str, url: str) -> None:
    parts = parts_of(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise click.BadParameter(f"{url} isn't an http or https address.", param_hint=option)
    try:
        raise_if_unsafe(url)
    except Unexpected as error:
        raise click.BadParameter(
            f"{url} must be https; only this machine itself can use http.", param_hint=option
        ) from error
