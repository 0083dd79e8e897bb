"""flask installation allow-host: what one installation may connect to besides public https addresses."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lti_app.cli.installation import find
from lti_app.cli.typed import of_installation
from lti_app.extensions import db
from lti_app.setup import connection
from lti_app.store import audit
from lti_app.store.district import District


@click.command("allow-host")
@of_installation
@click.option("--host", required=True, help="Host name or address of the SIS, without scheme and port.")
@click.option("--http", is_flag=True, help="Also allow plain http, which anyone on the way can read.")
@click.option("--remove", is_flag=True, help="Take the permission back.")
@with_appcontext
def command(installation_id: int, host: str, http: bool, remove: bool) -> None:
    """Let one installation connect to an SIS host in your own network.

    Loopback, link-local, and metadata addresses stay out of reach, also under this name.
    """
    found = find(installation_id)
    name = host.strip().lower()
    if not name or any(each in name for each in "/@?# ") or "://" in name:
        raise click.BadParameter(f"“{host}” isn't a host. Use one like sis.example.org.", param_hint="--host")
    district = District(db.session, found.id)
    row = connection.stored(district)
    before = dict(row.allowed_hosts or {})
    after = {each: value for each, value in before.items() if each != name}
    if not remove:
        after[name] = {"private": True, "http": "always" if http else ""}
    row.allowed_hosts = after
    old, new = (_words(each.get(name)) for each in (before, after))
    audit.record(district, audit.THE_HOST, "Allowed host {}", old=old, new=new, named=name)
    db.session.commit()
    click.echo(f"{found.name}: {name} is {new or 'not allowed anymore'}.")


def _words(value: dict[str, object] | None) -> str:
    if not value:
        return ""
    return "allowed with plain http" if value.get("http") else "allowed"
