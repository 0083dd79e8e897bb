"""Connects Schoology to a student information system."""

from __future__ import annotations

import atexit
import logging
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from lti_app.config import Settings
    from lti_app.jobs.in_process import InProcessRunner
    from lti_app.operations.service import Service
    from lti_app.wiring import Wiring


def create_app(settings: Settings | None = None) -> Flask:
    """The one factory: pages and commands, then settings → extensions → wiring and the scheduler.

    Raises SettingsError when the environment is incomplete. Imports happen in functions, so that the pure
    parts of the package can be used without Flask.
    """
    from lti_app import release
    from lti_app.config import read_settings

    place = None if release.is_installed() else release.CHECKOUT / "instance"
    settings = settings or read_settings(os.environ, place)
    app = equip(bare_app(), settings)
    atexit.register(_close, app)
    return app


def _close(app: Flask) -> None:
    """A process that ends leaves no open log beside a SQLite file: a restored file could be changed by it."""
    from lti_app.extensions import db
    from lti_app.logs import say
    from lti_app.store.sqlite import close

    with app.app_context():
        db.session.close()
        close(db.engine)
    runner: InProcessRunner = app.extensions["runner"]
    if runner.started:
        say(logging.getLogger(__name__), "stopped", owner=runner.owner)


def bare_app() -> Flask:
    """Every page and command, without settings, database and wiring: what is the same in every deployment."""
    from flask import Flask

    from lti_app import cli, release, web
    from lti_app.extensions import bootstrap, db, migrate

    app = Flask(__name__, template_folder=str(release.folder("templates")), static_folder="static")
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_CHECK_DEFAULT=False,
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
    )
    migrate.init_app(app, db, directory=str(release.folder("migrations")), render_as_batch=True)
    bootstrap.init_app(app)
    web.register(app)
    cli.register(app)
    return app


def equip(app: Flask, settings: Settings) -> Flask:
    """Give a bare app its database, its wiring and its runner, and start that where pages are served."""
    from lti_app.extensions import db
    from lti_app.logs import configure_logging
    from lti_app.lti.keys import KeySets
    from lti_app.store.sqlite import prepare
    from lti_app.web import events, limits
    from lti_app.wiring import Wiring

    configure_logging(settings.log_level, settings.log_format)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        SECRET_KEY=settings.secret_keys[0],
    )
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    app.extensions["wiring"] = Wiring(settings)
    app.extensions["key_sets"] = KeySets()
    app.extensions["service"] = lambda: _service(app)
    runner = runner_for(app, settings)
    app.extensions["runner"] = runner
    serves = settings.scheduler and _serves_pages()
    events.install(app, at_once=serves)
    limits.install(app, settings.trusted_proxies)
    if serves:
        runner.start()
    return app


def runner_for(app: Flask, settings: Settings) -> InProcessRunner:
    """What runs jobs: threads of this process, or workers of their own."""
    from lti_app.extensions import db
    from lti_app.jobs.in_process import InProcessRunner
    from lti_app.operations.service import may_work
    from lti_app.tasks import PERIODIC, TASKS, after_job

    wiring: Wiring = app.extensions["wiring"]
    made = (app.app_context, db, wiring, TASKS)
    more: dict[str, Any] = {
        "periodic": PERIODIC,
        "after": after_job,
        "may_work": may_work(app.extensions["service"]),
        "tick_seconds": settings.tick_seconds,
    }
    if not settings.distributed:
        return InProcessRunner(*made, **more)
    from lti_app.jobs.distributed import DistributedRunner

    return DistributedRunner(*made, conninfo=settings.conninfo, **more)


def _service(app: Flask) -> Service:
    """What the checks of the service need to know about this process, as it is wired now."""
    from lti_app.operations.service import Service

    wiring: Wiring = app.extensions["wiring"]
    folder = str(app.extensions["migrate"].directory)
    return Service(wiring.vault, folder, distributed=wiring.settings.distributed)


def _engine_options(url: str) -> dict[str, object]:
    """SQLite gets a busy time-out, as one writer works at a time, and a connection for each thread there may
    be: to open one costs more than what most requests do with it. The one used last comes first, for each
    keeps pages of the file in memory. PostgreSQL checks stale connections, ends the transaction of a process
    that stands still, and lets no one wait for a lock or for a machine that is gone without an end.

    Errors of the database are logged without the values of their rows: these are people's.
    """
    if url.startswith("sqlite"):
        return {
            "connect_args": {"timeout": 30},
            "hide_parameters": True,
            "pool_size": 20,
            "max_overflow": 25,
            "pool_use_lifo": True,
        }
    return {
        "connect_args": {
            "options": "-c idle_in_transaction_session_timeout=120000 -c lock_timeout=30000",
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60000,
        },
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": 20,
        "max_overflow": 25,
    }


def _serves_pages() -> bool:
    """Whether this process serves pages: gunicorn imports us, `flask run` says so, other commands do not."""
    import click

    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        return True
    context = click.get_current_context(silent=True)
    return context is not None and context.info_name == "run" and context.command_path.count(" ") == 1
