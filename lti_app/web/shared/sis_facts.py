"""What the SIS of this request's installation can do and is called, for pages and their words."""

from __future__ import annotations

from typing import cast

from flask import current_app

from lti_app.setup import connection
from lti_app.sis.capabilities import Capabilities
from lti_app.web.access import own_district


def capabilities() -> Capabilities:
    """What the adapter says and what the last test of the connection measured; asks no one."""
    wiring = current_app.extensions["wiring"]
    return cast(Capabilities, wiring.capabilities(connection.read(own_district())))
