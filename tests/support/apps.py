"""The app and both sandbox servers for one test each, cheap: built once in a process, then copied.

What costs time does not depend on a test: routes, templates, RSA keys and compiled SQL. A copy shares
those and has everything else to itself, so that nothing of one test can reach another.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from functools import cache
from typing import Any

from flask import Config, Flask

from lti_app import bare_app, equip
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.lti.registrations import new_private_key
from lti_app.sandbox.schoology.lti.keys import KeyRing, SigningKey
from lti_app.sandbox.schoology.server import bare_schoology, equip_schoology
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.sis.server import bare_sis, equip_sis
from tests.support.engines import share_compiled_statements

OWN = (dict, list, set, defaultdict, Config)


def app_over(settings: Settings) -> Flask:
    """What `create_app` makes."""
    app = equip(_copy(_bare_app()), settings)
    with app.app_context():
        share_compiled_statements(db.engine)
    return app


def schoology_over(store: SchoologyStore, **knobs: Any) -> Flask:
    """What `create_schoology` makes. Its routes are shared: pages and launches need one of their own."""
    return _closed(equip_schoology(_copy(_bare_schoology()), store, **knobs))


def sis_over(district: Any, **knobs: Any) -> Flask:
    """What `create_sis` makes."""
    return _closed(equip_sis(_copy(_bare_sis()), district, **knobs))


@cache
def private_key() -> str:
    """The app's key of every platform, as PEM."""
    return new_private_key()


@cache
def signing_key(number: int = 0) -> SigningKey:
    """The far platform's key; another one for each number."""
    return SigningKey.new()


def key_ring() -> KeyRing:
    """A far platform's keys, as before any rotation."""
    return KeyRing(signing_key())


@cache
def _bare_app() -> Flask:
    return _with_templates(bare_app())


@cache
def _bare_schoology() -> Flask:
    return _with_templates(bare_schoology())


@cache
def _bare_sis() -> Flask:
    return _with_templates(bare_sis())


def _with_templates(app: Flask) -> Flask:
    """Jinja's environment is made when it is first asked for: from here on all copies compile into one."""
    assert app.jinja_env
    return app


def _copy(app: Flask) -> Flask:
    """An app with configuration, extensions and handlers of its own."""
    made = copy.copy(app)
    vars(made).update({name: _own(value) for name, value in vars(app).items()})
    return made


def _own(value: Any) -> Any:
    """A container of its own, and those inside it; what they hold stays the same."""
    if type(value) not in OWN:
        return value
    made = copy.copy(value)
    if isinstance(made, dict):
        for key in made:
            made[key] = _own(made[key])
    elif isinstance(made, list):
        made[:] = map(_own, made)
    return made


def _closed(app: Flask) -> Flask:
    """Flask takes no further routes and handlers once it has answered a request."""
    app._got_first_request = True
    return app
