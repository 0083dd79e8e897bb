"""flask installation: manage the districts that use the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app import clock
from lti_app.cli.secret_options import consumer_secret, read_secret
from lti_app.cli.typed import LINE, LINE_OR_NOTHING, of_installation
from lti_app.config import parts_of
from lti_app.extensions import db
from lti_app.lti.registrations import find_installation, new_setup_code
from lti_app.models import Alert, Installation, Platform, SyncOptions
from lti_app.operations import district_removal
from lti_app.runs.words import sentence
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reasons import NO_REASON, because
from lti_app.setup import sis_move
from lti_app.store import audit, private
from lti_app.store.district import District
from lti_app.wiring import is_loopback

group = AppGroup("installation", help="Manage the districts that use the app.")


@group.command("add")
@click.option("--client-id", type=LINE, required=True, help="Client ID of the platform.")
@click.option(
    "--deployment-id",
    type=LINE,
    required=True,
    help="The whole deployment ID, such as 1234567890-987654321.",
)
@click.option("--name", type=LINE, required=True, help="The district's name, shown on every page.")
@click.option(
    "--schoology-domain",
    "domains",
    required=True,
    multiple=True,
    help="A Schoology host; repeat it for more hosts.",
)
@click.option(
    "--consumer-key",
    type=LINE_OR_NOTHING,
    default="",
    help="REST API consumer key of the app; its secret follows.",
)
@consumer_secret
def add(
    client_id: str,
    deployment_id: str,
    name: str,
    domains: tuple[str, ...],
    consumer_key: str,
    variable: str,
    file: Path | None,
) -> None:
    """Add an installation and print its one-time setup code."""
    platform = db.session.scalars(select(Platform).where(Platform.client_id == client_id)).first()
    if platform is None:
        raise click.BadParameter(
            f"no platform has the client ID {client_id}. Run 'platform add' first.", param_hint="--client-id"
        )
    raise_if_taken(platform.id, deployment_id)
    if (variable or file) and not consumer_key:
        raise click.UsageError("A consumer secret needs its --consumer-key.")
    code, code_hash = new_setup_code()
    secret = read_secret(variable, file) if consumer_key else ""
    sealed = current_app.extensions["wiring"].vault.seal(secret) if secret else ""
    fresh = Installation(
        platform=platform,
        deployment_id=deployment_id,
        name=name,
        schoology_domains=domains_of(domains),
        consumer_key=consumer_key,
        consumer_secret=sealed,
        setup_code_hash=code_hash,
        setup_code_at=clock.now(),
    )
    db.session.add(fresh)
    db.session.flush()
    db.session.add(SyncOptions(installation_id=fresh.id))
    audit.record(District(db.session, fresh.id), audit.THE_HOST, "Installation", new=f"added: {name}")
    db.session.commit()
    click.echo(f"Installation {fresh.id}: {name}")
    click.echo(f"Setup code: {code}")


@group.command("list")
def list_installations() -> None:
    """Print every installation: ID, name, deployment, domains, who claimed it, pause, and problems."""
    rows = db.session.scalars(select(Installation).order_by(Installation.id)).all()
    if not rows:
        click.echo("There are no installations. Add one with 'installation add'.")
    problems = _problems()
    for row in rows:
        claimed = (
            f"claimed by {row.claimed_by_name or row.claimed_by_uid}" if row.claimed_by_uid else "unclaimed"
        )
        paused = f"paused: {sentence(row.paused_reason)}" if row.paused_reason else "not paused"
        wrong = f"problems: {', '.join(problems[row.id])}" if row.id in problems else "no problems"
        hosts = ",".join(row.schoology_domains)
        click.echo("\t".join((str(row.id), row.name, row.deployment_id, hosts, claimed, paused, wrong)))


def _problems() -> dict[int, list[str]]:
    """Installation ID → keys of what was wrong there at the scheduler's last round."""
    found: dict[int, list[str]] = {}
    lasting = select(Alert.installation_id, Alert.key).where(Alert.ended_at.is_(None)).order_by(Alert.id)
    for installation_id, key in db.session.execute(lasting):
        found.setdefault(installation_id, []).append(key)
    return found


@group.command("pause")
@of_installation
@click.option("--reason", type=LINE_OR_NOTHING, default="", help="Shown on every page.")
@click.option("--off", is_flag=True, help="End the pause.")
def pause(installation_id: int, reason: str, off: bool) -> None:
    """Stop an installation's jobs from writing until you end the pause with --off."""
    found = find(installation_id)
    unpaused = sis_move.MOVING if sis_move.moving(District(db.session, found.id)) else NO_REASON
    because_of = because(SetupCode.PAUSED_BY_HOST_BECAUSE, words=reason)
    wanted = unpaused if off else because_of if reason else because(SetupCode.PAUSED_BY_HOST)
    audit.record(
        District(db.session, found.id), audit.THE_HOST, audit.PAUSE, old=found.paused_reason, new=wanted
    )
    found.paused_reason = wanted
    db.session.commit()
    click.echo(f"{found.name}: {sentence(wanted) or 'syncs continue'}" if off else f"{found.name}: paused.")


@group.command("export")
@of_installation
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; it's readable for its owner only. Without it, the rows are printed.",
)
def export(installation_id: int, file: Path | None) -> None:
    """Write every row of an installation as JSON lines, without sealed values and tokens."""
    find(installation_id)
    rows = district_removal.rows(District(db.session, installation_id))
    if file is None:
        for row in rows:
            click.echo(row)
        return
    with new_file(file) as out:
        out.writelines(f"{row}\n" for row in rows)
    click.echo(f"The rows are in {file}.")


@contextmanager
def new_file(file: Path) -> Iterator[TextIO]:
    """A file for its owner only. Ends the command when it is there already, or can't be written."""
    try:
        with private.new_file(file) as out:
            yield out
    except FileExistsError as error:
        raise click.ClickException(f"{file} is there already. Give the file another name.") from error
    except OSError as error:
        raise click.ClickException(f"{file} can't be written: {error.strerror}.") from error


@group.command("remove")
@of_installation
@click.option(
    "--name", prompt="Type the district's name to delete all of its data", help="The district's full name."
)
def remove(installation_id: int, name: str) -> None:
    """Delete every row of an installation. Nothing in Schoology or the SIS changes."""
    found = find(installation_id)
    if name != found.name:
        raise click.ClickException(
            f"“{name}” isn't the name of installation {installation_id}. Nothing was deleted."
        )
    number = district_removal.remove(District(db.session, installation_id))
    db.session.commit()
    click.echo(f"{name} was deleted: {number} rows.")


def find(installation_id: int) -> Installation:
    """The installation with this ID. Raises BadParameter, which ends a command with 2."""
    found = db.session.get(Installation, installation_id)
    if found is None:
        raise click.BadParameter(
            f"There is no installation {installation_id}; see 'installation list'.",
            param_hint="--installation",
        )
    return found


@group.command("setup-code")
@of_installation
def setup_code(installation_id: int) -> None:
    """Print a new setup code; the old one stops working."""
    found = find(installation_id)
    if found.claimed_by_uid:
        raise click.ClickException(f"{found.name} was already claimed by {found.claimed_by_name}.")
    code, found.setup_code_hash = new_setup_code()
    found.setup_code_at = clock.now()
    audit.record(District(db.session, found.id), audit.THE_HOST, "Setup code", new=audit.CHANGED)
    db.session.commit()
    click.echo(f"Setup code: {code}")


@group.command("set-key")
@of_installation
@click.option("--consumer-key", type=LINE, required=True, help="REST API consumer key of the app.")
@consumer_secret
def set_key(installation_id: int, consumer_key: str, variable: str, file: Path | None) -> None:
    """Store or replace an installation's Schoology REST API key."""
    found = find(installation_id)
    secret = read_secret(variable, file)
    audit.record(District(db.session, found.id), audit.THE_HOST, "Schoology API key", new=audit.CHANGED)
    found.consumer_key = consumer_key
    found.consumer_secret = current_app.extensions["wiring"].vault.seal(secret)
    db.session.commit()
    click.echo(
        f"{found.name}: the key is stored. Now open the app in Schoology and select Make me the Acting User."
    )


def raise_if_taken(platform_id: int, deployment_id: str) -> None:
    """Raises BadParameter when another installation has this deployment ID."""
    if find_installation(db.session, platform_id, deployment_id) is not None:
        raise click.BadParameter(
            f"{deployment_id} already exists; see 'installation list'.", param_hint="--deployment-id"
        )


def domains_of(given: tuple[str, ...]) -> list[str]:
    """The hosts as they are stored. Raises BadParameter."""
    return [_domain(each) for each in given]


def _domain(text: str) -> str:
    """A host with its port; keeps the scheme only for http on a machine other than this one."""
    given = text.strip().rstrip("/")
    parts = parts_of(given if "://" in given else f"//{given}")
    if not parts.hostname or parts.path or not given.isprintable() or set(given) & set(" ;,'\"*@?#"):
        raise click.BadParameter(
            f"“{text}” isn't a host. Use one like app.schoology.com.", param_hint="--schoology-domain"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return given
    return parts.netloc
