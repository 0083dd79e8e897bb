"""Pages and routes: one module for each concern, one for each tab."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Attach access control, headers, error pages, every blueprint, and the shells of their pages."""
    from lti_app.web import (
        access,
        acting_user,
        admin,
        claim,
        course,
        errors,
        events,
        headers,
        health,
        help,
        launch,
        metrics,
        shell,
        sign_out,
    )
    from lti_app.web.shared import places

    access.install(app)
    headers.install(app)
    errors.install(app)
    places.install(app)
    for module in (launch, claim, acting_user, health, help, metrics, events, admin, course, sign_out, shell):
        app.register_blueprint(module.blueprint)
    shell.install(app)
