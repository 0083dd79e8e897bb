"""Attach the LTI platform to the sandbox Schoology."""

from __future__ import annotations

from flask import Flask

from lti_app.sandbox.schoology.lti import login, tokens
from lti_app.sandbox.schoology.lti.platform import LtiPlatform


def install(app: Flask, store: object, platform: LtiPlatform) -> None:  # noqa: ARG001  same shape as the pages
    """Add the platform's addresses (login answer, key set, service tokens) to the sandbox."""
    app.extensions["lti_platform"] = platform
    app.register_blueprint(login.blueprint)
    app.register_blueprint(tokens.make_blueprint())
