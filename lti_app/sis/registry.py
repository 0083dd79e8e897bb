"""The adapters that the app knows, by name, and how one is built from plain settings and secrets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from requests.adapters import HTTPAdapter

from lti_app.school.outside_codes import OutsideCode
from lti_app.school.reasons import because
from lti_app.sis.description import Description
from lti_app.sis.errors import SisConfigError
from lti_app.sis.eschoolplus.description import ESCHOOLPLUS
from lti_app.sis.oneroster.description import ONEROSTER
from lti_app.sis.port import Sis

ADAPTERS: dict[str, Description] = {each.name: each for each in (ESCHOOLPLUS, ONEROSTER)}
"""Name → description, in the order of the form."""


def first() -> Description:
    """The one that the form of a new installation shows."""
    return next(iter(ADAPTERS.values()))


def find(name: str) -> Description | None:
    """The adapter of this name, or None."""
    return ADAPTERS.get(name)


def description(name: str) -> Description:
    """The adapter of this name. Raises SisConfigError when the app has none."""
    found = find(name)
    if found is None:
        known = ", ".join(ADAPTERS)
        raise SisConfigError(
            f"This app has no connection to a student information system called “{name}” (it has: {known}). "
            "Choose your student information system on the Configuration tab.",
            why=because(OutsideCode.SIS_UNKNOWN, name=name, known=known),
        )
    return found


def build(
    name: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    network: HTTPAdapter | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> Sis:
    """The adapter of this name. `network` is what requests leave through; None for the usual one.

    Raises SisConfigError for an unknown name.
    """
    return description(name).factory(settings, secrets, network=network, sleep=sleep, now=now)
