"""How often strangers may ask: limits of the public routes, counted in the memory of each process.

A school's computers share one address, and at eight in the morning all of them log in: 600 a minute are far
more than a school needs, and far less than what would keep others out. Behind proxies, addresses are those
that LTI_APP_TRUSTED_PROXIES proxies pass on.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_app.grades.rows.live import hashed

LAUNCHES = "600 per minute"
"""For one app id and address; logins and launches are counted apart."""
OF_ADDRESS = "3000 per minute"
"""For one address, whatever app ids it makes up: several apps of several districts may share one."""
EVENTS = "6000 per minute"
"""For one event address, that is one district."""
ASKS = "300 per minute"
"""For one address, of what only machines ask: keys and health."""


def _client_and_address() -> str:
    return f"{request.values.get('client_id', '')[:64]} {get_remote_address()}"


def _secret() -> str:
    return hashed(str((request.view_args or {}).get("secret", "")))


LIMITED = {
    "lti.login": (LAUNCHES, _client_and_address),
    "lti.launch": (LAUNCHES, get_remote_address),
    "shell.again": (LAUNCHES, get_remote_address),
    "acting_user.come_back": (LAUNCHES, get_remote_address),
    "lti.jwks": (ASKS, get_remote_address),
    "health.readyz": (ASKS, get_remote_address),
    "events.receive": (EVENTS, _secret),
}
"""Endpoint → how often, and who is counted."""


def install(app: Flask, trusted_proxies: int) -> None:
    """Believe so many proxies about addresses, and limit the public routes."""
    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    logins: Any = limiter.limit(OF_ADDRESS, key_func=get_remote_address)(app.view_functions["lti.login"])
    app.view_functions["lti.login"] = logins
    for endpoint, (often, counted) in LIMITED.items():
        limited: Any = limiter.limit(often, key_func=counted)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited
