"""Security headers: who may frame a page, where it may load from, what the browser may keep.

The frame's ancestors come from the installation, since districts may use hosts of their own (see `framing`).
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from lti_app.web import framing


def install(app: Flask) -> None:
    """Set the headers of every answer."""
    app.after_request(_set)


def _set(response: Response) -> Response:
    is_static = (request.endpoint or "").rpartition(".")[2] == "static"
    ancestors = ("" if is_static else " ".join(framing.ancestors(response))) or "'none'"
    forms = "" if is_static else " ".join(framing.form_targets(response))
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            f"frame-ancestors {ancestors}",
            f"form-action 'self' {forms}".rstrip(),
            "base-uri 'none'",
            "object-src 'none'",
        )
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if current_app.extensions["wiring"].settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if not is_static:
        response.headers["Cache-Control"] = "no-store"
    return response
