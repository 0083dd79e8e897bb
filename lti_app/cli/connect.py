"""flask installation connect: what the form of the connection does, from the command line."""

from __future__ import annotations

import os
from collections import Counter

import click
from flask import current_app
from flask.cli import with_appcontext

from lti_app.cli.installation import find
from lti_app.cli.typed import of_installation
from lti_app.extensions import db
from lti_app.models import SisConnection
from lti_app.runs.words import sentence
from lti_app.setup import connection, connection_entry, sis_move
from lti_app.sis import registry
from lti_app.sis.description import Description
from lti_app.sis.errors import SisConfigError
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.vault import VaultError


@click.command("connect")
@of_installation
@click.option("--sis", "name", required=True, help="Name of the student information system.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting; may be repeated.")
@click.option(
    "--secret-env",
    "variables",
    multiple=True,
    metavar="KEY=VARIABLE",
    help="A secret, and the environment variable that holds it; may be repeated.",
)
@with_appcontext
def command(installation_id: int, name: str, settings: tuple[str, ...], variables: tuple[str, ...]) -> None:
    """Store how an installation reaches its SIS; 'sis check' then tests it.

    What isn't given is kept as it is. Secrets have to be given again when an address changes.
    """
    installation = find(installation_id)
    district = District(db.session, installation.id)
    try:
        described = registry.description(name)
    except SisConfigError as error:
        known = ", ".join(registry.ADAPTERS)
        raise click.BadParameter(f"“{name}” isn’t one of: {known}.", param_hint="--sis") from error
    stored = connection.read(district)
    typed = {**_kept(stored, described), **_settings(described, settings), **_secrets(described, variables)}
    entry = connection_entry.entry_of(described.name, typed)
    wrong = connection_entry.problems(entry, stored)
    if wrong:
        lines = "\n".join(f"  {field}: {words}" for field, words in wrong.items())
        raise click.ClickException(f"Nothing was stored.\n{lines}")
    try:
        connection.save(district, entry, audit.THE_HOST, current_app.extensions["wiring"].vault)
    except VaultError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"{installation.name}: the connection to {described.title} is stored.")
    if sis_move.moving(district):
        click.echo(sentence(sis_move.MOVING))


def _kept(stored: SisConnection, described: Description) -> dict[str, str]:
    return dict(stored.settings) if stored.adapter == described.name else {}


def _settings(described: Description, given: tuple[str, ...]) -> dict[str, str]:
    pairs = _pairs(given, "--set")
    _raise_if_unknown(pairs, [each.name for each in described.plain], "--set", described)
    return pairs


def _secrets(described: Description, given: tuple[str, ...]) -> dict[str, str]:
    pairs = _pairs(given, "--secret-env")
    _raise_if_unknown(pairs, [each.name for each in described.secrets], "--secret-env", described)
    missing = [variable for variable in pairs.values() if not os.environ.get(variable)]
    if missing:
        raise click.BadParameter(
            f"the environment has no {', '.join(missing)}, or it is empty.", param_hint="--secret-env"
        )
    return {name: os.environ[variable] for name, variable in pairs.items()}


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = [_pair(each, option) for each in given]
    twice = [key for key, number in Counter(key for key, _ in pairs).items() if number > 1]
    if twice:
        raise click.BadParameter(f"{', '.join(twice)} is given more than once.", param_hint=option)
    return dict(pairs)


def _pair(text: str, option: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise click.BadParameter(f"“{text}” isn’t KEY=VALUE.", param_hint=option)
    return key.strip(), value


def _raise_if_unknown(pairs: dict[str, str], known: list[str], option: str, described: Description) -> None:
    strange = [each for each in pairs if each not in known]
    if strange:
        raise click.BadParameter(
            f"{described.title} has no {', '.join(strange)} here; it has: {', '.join(known)}.",
            param_hint=option,
        )
