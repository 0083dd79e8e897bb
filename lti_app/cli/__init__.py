"""Commands: noun then verb."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add every command to `flask --app wsgi`."""
    from lti_app.cli import (
        connect,
        database,
        demo,
        doctor,
        installation,
        jobs,
        keys,
        platform,
        sandbox,
        sis,
        sync,
    )

    installation.group.add_command(connect.command)
    for module in (platform, installation, sis, sync, jobs, keys, database, sandbox):
        app.cli.add_command(module.group)
    app.cli.add_command(doctor.command)
    app.cli.add_command(demo.command)
