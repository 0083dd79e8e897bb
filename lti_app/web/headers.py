"""Security headers: who may frame a page, where it may load from, what the browser may keep.

The frame's ancestors come from the installation, since districts may use hosts of their own.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request


def install(app: Flask) -> None:
    """Set the headers of every answer."""
    app.after_request(_set)


def _set(response: Response) -> Response:
    ancestors = " ".join(schoology_origins()) or "'none'"
    forms = " ".join(["'self'", *schoology_origins()])
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            f"frame-ancestors {ancestors}",
            f"form-action {forms}",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if current_app.extensions["wiring"].settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" and not (request.endpoint or "").endswith(".static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def schoology_origins() -> list[str]:
    """The Schoology hosts of the installation that this request belongs to."""
    installation = g.get("installation") or g.get("framing_installation")
    if installation is None:
        return []
    wiring = current_app.extensions["wiring"]
    return [wiring.domain_origin(str(domain)) for domain in installation.schoology_domains]
