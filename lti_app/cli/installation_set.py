"""flask installation set: change what 'installation add' was given."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from lti_app.cli.installation import domains_of, find, raise_if_taken
from lti_app.cli.typed import LINE, LINE_OR_NOTHING, of_installation
from lti_app.extensions import db
from lti_app.store import audit
from lti_app.store.district import District

AUDITED = {
    "name": "District name",
    "deployment_id": "Deployment ID",
    "schoology_domains": "Schoology hosts",
    "contact": "Contact of the host",
    "require_binding": "Launches must be tied to the browser",
}
"""What the settings history calls each of them."""


@click.command("set")
@of_installation
@click.option("--name", type=LINE, help="The district's name, shown on every page.")
@click.option("--deployment-id", type=LINE, help="The whole deployment ID, such as 1234567890-987654321.")
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
@click.option(
    "--contact",
    type=LINE_OR_NOTHING,
    help="How this district's people reach you, if not as LTI_APP_CONTACT says; an empty text removes it.",
)
@with_appcontext
def command(  # noqa: PLR0913 - one for each option
    installation_id: int,
    name: str | None,
    deployment_id: str | None,
    domains: tuple[str, ...],
    binding: bool | None,
    contact: str | None,
) -> None:
    """Change an installation's name, deployment ID, Schoology hosts, contact, or the binding of its launches.

    What isn't given is kept as it is.
    """
    found = find(installation_id)
    wanted = {
        "require_binding": binding,
        "deployment_id": deployment_id,
        "schoology_domains": domains_of(domains) or None,
        "contact": contact,
        "name": name,
    }
    given = {attribute: value for attribute, value in wanted.items() if value is not None}
    if not given:
        raise click.UsageError(
            "Give at least one of --name, --deployment-id, --schoology-domain, --contact, and "
            "--require-binding."
        )
    if deployment_id and deployment_id != found.deployment_id:
        raise_if_taken(found.platform_id, deployment_id)
    for attribute, value in given.items():
        old, new = _words(getattr(found, attribute)), _words(value)
        audit.record(District(db.session, found.id), audit.THE_HOST, AUDITED[attribute], old=old, new=new)
        setattr(found, attribute, value)
    db.session.commit()
    click.echo(f"{found.id}\t{found.name}\t{found.deployment_id}\t{','.join(found.schoology_domains)}")


def _words(value: object) -> str:
    """A value as the audit shows it."""
    if isinstance(value, bool):
        return "required" if value else "not required"
    return ", ".join(value) if isinstance(value, list) else str(value)
