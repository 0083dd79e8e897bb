"""Commands: noun then verb."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add every command to `flask --app wsgi`."""
    from lti_app.cli import (
        allow_host,
        connect,
        database,
        demo,
        doctor,
        installation,
        installation_set,
        jobs,
        keys,
        one_line,
        person,
        platform,
        sandbox,
        sis,
        sync,
        version,
    )

    installation.group.add_command(connect.command)
    installation.group.add_command(installation_set.command)
    installation.group.add_command(allow_host.command)
    for module in (platform, installation, person, sis, sync, jobs, keys, database, sandbox):
        app.cli.add_command(module.group)
    app.cli.add_command(doctor.command)
    app.cli.add_command(demo.command)
    app.cli.add_command(version.command)
    one_line.report_in_one_line(app.cli.commands.values())
