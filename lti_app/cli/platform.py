"""flask platform: register the Schoology that launches the app."""

from __future__ import annotations

from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import AppGroup

from lti_app.extensions import db
from lti_app.lti.keys import raise_if_unsafe
from lti_app.lti.registrations import find_platform, new_private_key
from lti_app.models import Platform
from lti_app.outbound.errors import Unexpected

group = AppGroup("platform", help="Register the Schoology that launches the app.")


@group.command("add")
@click.option("--issuer", required=True, help="Issuer; for Schoology, https://schoology.schoology.com.")
@click.option("--client-id", required=True, help="The app's client ID (Options, API Info).")
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


def _check_url(option: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(f"{url} isn't an http or https address.", param_hint=option)
    try:
        raise_if_unsafe(url)
    except Unexpected as error:
        raise click.BadParameter(
            f"{url} must be https; only this machine itself can use http.", param_hint=option
        ) from error
