"""Who hosts the app, for problems that no one else can fix."""

from __future__ import annotations

from flask import current_app, g

THE_HOST = "the people who host this app"
"""How every text names them, so that a page can add how to reach them."""


def host() -> str:
    """Who they are, with their contact for this district, or else that of the setting LTI_APP_CONTACT."""
    noted = g.get("whose")
    contact = (noted.contact if noted else "") or current_app.extensions["wiring"].settings.contact
    return f"{THE_HOST} ({contact})" if contact else THE_HOST


def with_contact(text: str) -> str:
    """The text, with the contact behind each mention of them."""
    return text.replace(THE_HOST, host())
