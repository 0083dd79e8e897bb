"""flask installation set: change what 'installation add' was given."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lti_app.cli.installation import domains_of, find, raise_if_taken
from lti_app.extensions import db
from lti_app.store import audit
from lti_app.store.district import District


@click.command("set")
@click.option(
    "--installation", "installation_id", type=int, required=True, help="ID from 'installation list'."
)
@click.option("--name", default="", help="The district's name, shown on every page.")
@click.option("--deployment-id", default="", help="The whole deployment ID, such as 1234567890-987654321.")
@click.option(
    "--schoology-domain",
    "domains",
    multiple=True,
    help="A Schoology host; repeat it for more hosts. Replaces all hosts from before.",
)
@click.option(
    "--require-binding/--no-require-binding",
    "binding",
    default=None,
    help="Refuse launches that neither Schoology's storage nor a cookie binds to the browser that signed in.",
)
@with_appcontext
def command(
    installation_id: int,
    name: str,
    deployment_id: str,
    domains: tuple[str, ...],
    binding: bool | None,
) -> None:
    """Change an installation's name, deployment ID, Schoology hosts, or the binding of its launches.

    What isn't given is kept as it is.
    """
    found = find(installation_id)
    if not (name or deployment_id or domains or binding is not None):
        raise click.UsageError(
            "Give at least one of --name, --deployment-id, --schoology-domain, and --require-binding."
        )
    district = District(db.session, found.id)
    if binding is not None:
        words = {True: "required", False: "not required"}
        old, new = words[found.require_binding], words[binding]
        audit.record(district, audit.THE_HOST, "Binding of launches to the browser", old=old, new=new)
        found.require_binding = binding
    if deployment_id and deployment_id != found.deployment_id:
        raise_if_taken(found.platform_id, deployment_id)
        audit.record(district, audit.THE_HOST, "Deployment ID", old=found.deployment_id, new=deployment_id)
        found.deployment_id = deployment_id
    if domains:
        hosts = domains_of(domains)
        former = ", ".join(found.schoology_domains)
        audit.record(district, audit.THE_HOST, "Schoology hosts", old=former, new=", ".join(hosts))
        found.schoology_domains = hosts
    if name:
        audit.record(district, audit.THE_HOST, "District name", old=found.name, new=name)
        found.name = name
    db.session.commit()
    click.echo(f"{found.id}\t{found.name}\t{found.deployment_id}\t{','.join(found.schoology_domains)}")
