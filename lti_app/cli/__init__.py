"""Commands: noun then verb."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add every command group to `flask --app wsgi`."""
    from lti_app.cli import installation, jobs, keys, platform, sync

    for module in (platform, installation, sync, jobs, keys):
        app.cli.add_command(module.group)
