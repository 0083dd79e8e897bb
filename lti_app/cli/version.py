"""flask version: which release this is."""

from __future__ import annotations

import click

from lti_app import release


@click.command("version")
def command() -> None:
    """Print the version and the commit that this app was built from."""
    click.echo(f"{release.version()} (commit {release.commit() or 'unknown'})")
