"""flask demo: the app and both sandboxes, ready to try."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click
from cryptography.fernet import Fernet

from lti_app import release
from lti_app.cli import sandbox
from lti_app.cli.demo_story import SANDBOX, story
from lti_app.store import private

HOME = Path.cwd() if release.is_installed() else release.CHECKOUT
"""Where the demo's commands run and its database is: the checkout, or the current folder."""
START_SECONDS = 60
SECRET, CONSUMER_SECRET = "DEMO_SIS_SECRET", "DEMO_CONSUMER_SECRET"
"""Variables in which commands find the sandboxes' published secrets."""


PREPARE = (
    "import sys; from lti_app import create_app; from lti_app.cli.demo_ready import run; "
    "run(create_app(), sys.argv[1])"
)
"""A process of its own, with the environment of the demo."""
FAST = "100/1"
"""Requests/seconds of the first sync, for which the sandbox sets no limit."""


@dataclass(frozen=True)
class Plan:
    """What the demo starts. `own`: options of `installation connect` for an SIS that is not the sandbox's."""

    sis: str
    students: int
    seed: int
    mess: bool
    own: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[str, ...]:
        """Options of both sandboxes."""
        return ("--students", str(self.students), "--seed", str(self.seed))


@click.command("demo")
@click.option(
    "--students", default=300, show_default=True, help="Number of students in the made-up district."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the made-up district.")
@click.option("--mess", is_flag=True, help="Start with a Schoology that was used before, to try Data Prep.")
@click.option(
    "--sis",
    type=click.Choice(sorted(SANDBOX)),
    default="eschoolplus",
    show_default=True,
    help="The student information system.",
)
@click.option("--ready", is_flag=True, help="Start with the setup and the first sync done.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="With --ready: connect to your own SIS, with the keys of 'installation connect'; may be repeated.",
)
@click.option(
    "--secret-env",
    "variables",
    multiple=True,
    metavar="KEY=VARIABLE",
    help="With --set: a secret, and the environment variable that holds it; may be repeated.",
)
def command(  # noqa: PLR0913 - one argument for each option
    students: int,
    seed: int,
    mess: bool,
    sis: str,
    ready: bool,
    settings: tuple[str, ...],
    variables: tuple[str, ...],
) -> None:
    """Start the app, a sandbox Schoology, and a sandbox SIS, and print what to open."""
    if (settings or variables) and not ready:
        raise click.UsageError("--set and --secret-env need --ready.")
    own = [("--set", each) for each in settings] + [("--secret-env", each) for each in variables]
    plan = Plan(sis, students, seed, mess, tuple(word for pair in own for word in pair))
    ports = {
        "app": sandbox.port_of("APP_PORT", 8000),
        "schoology": sandbox.port_of("SCHOOLOGY_PORT", 8001),
        "sis": sandbox.port_of("SIS_PORT", 8002),
    }
    for name, port in ports.items():
        if name != "sis" or not plan.own:
            _raise_if_busy(name, port)
    urls = {
        "app": f"http://localhost:{ports['app']}",
        "schoology": f"http://127.0.0.1:{ports['schoology']}",
        "sis": f"http://127.0.0.1:{ports['sis']}",
    }
    _play(plan, ports, urls, ready=ready)


def _play(plan: Plan, ports: dict[str, int], urls: dict[str, str], *, ready: bool) -> None:
    """Start everything, say what to open, and stop it all when someone wants to."""
    environment = _environment(urls)
    code = _register(environment, urls)
    children: list[Any] = []
    try:
        children += _start(environment, *_sandboxes(plan, ports, urls, ready=ready))
        _wait_for(children, [urls["schoology"], *([] if plan.own else [urls["sis"]])])
        if ready:
            _make_ready(plan, environment, urls)
        children += _start(environment, _app(ports["app"]))
        _wait_for(children, [f"{urls['app']}/healthz"])
        places = {**urls, "code": code, "environment": str(_environment_file(environment))}
        click.echo(story(plan.sis, ready=ready, mess=plan.mess, own=bool(plan.own), places=places))
        _watch(children)
    except KeyboardInterrupt:
        click.echo("Stopping.")
    finally:
        _stop(children)


def _make_ready(plan: Plan, environment: dict[str, str], urls: dict[str, str]) -> None:
    """Connect the SIS as the command line does, and go through the setup."""
    settings, name, secret = SANDBOX[plan.sis]
    sandboxs = [("--set", f"{key}={value.format(**urls)}") for key, value in settings.items()]
    words = plan.own or tuple(word for pair in sandboxs for word in pair) + (
        "--secret-env",
        f"{name}={SECRET}",
    )
    environment = {**environment, SECRET: secret}
    _run(environment, "installation", "connect", "--installation", "1", "--sis", plan.sis, *words)
    click.echo("Setting everything up, with a first sync:")
    made = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-c", PREPARE, urls["schoology"]],
        env={**environment, "LTI_APP_SCHOOLOGY_PACE": FAST, "LTI_APP_LOG_LEVEL": "WARNING"},
        cwd=HOME,
        check=False,
    )
    if made.returncode:
        raise click.ClickException("The setup didn’t work. The reason is above.")


def _raise_if_busy(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((sandbox.HOST, port))
        except OSError as error:
            variable = f"{name.upper()}_PORT"
            raise click.ClickException(
                f"Port {port} is in use. Stop the program that uses it, or set {variable} to another port."
            ) from error


def _environment(urls: dict[str, str]) -> dict[str, str]:
    """Settings with a fresh database and key: the sandboxes also forget everything when they stop."""
    folder = HOME / "instance" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    private.folder(folder)
    inherited = {name: value for name, value in os.environ.items() if name != "FLASK_RUN_FROM_CLI"}
    return {
        **inherited,
        "LTI_APP_DATABASE_URL": f"sqlite:///{folder / 'app.sqlite'}",
        "LTI_APP_SECRET_KEYS": Fernet.generate_key().decode(),
        "LTI_APP_PUBLIC_URL": urls["app"],
        "LTI_APP_SCHOOLOGY_API_URL": f"{urls['schoology']}/v1",
        "LTI_APP_DEMO": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _environment_file(environment: dict[str, str]) -> Path:
    """The demo's settings for another terminal. They have the key, so only this user may read the file."""
    kept = HOME / "instance" / "demo" / "environment"
    kept.touch(mode=0o600)
    ours = {name: value for name, value in environment.items() if name.startswith("LTI_APP_")}
    kept.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(ours.items())))
    return kept


def _flask(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


def _run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own commands
        _flask(*words), env=environment, cwd=HOME, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"'{' '.join(words[:2])}' failed:\n{done.stderr or done.stdout}")
    return done.stdout


def _register(environment: dict[str, str], urls: dict[str, str]) -> str:
    """Migrate, add the platform and the installation; returns the setup code."""
    platform = f"{urls['schoology']}/lti-service"
    environment = {**environment, CONSUMER_SECRET: sandbox.CONSUMER_SECRET}
    _run(environment, "db", "upgrade")
    _run(
        environment,
        *("platform", "add", "--issuer", "https://schoology.schoology.com"),
        *("--client-id", sandbox.CLIENT_ID, "--auth-url", f"{platform}/authorize-redirect"),
        *("--token-url", f"{platform}/access-token", "--jwks-url", f"{platform}/.well-known/jwks"),
    )
    printed = _run(
        environment,
        *("installation", "add", "--client-id", sandbox.CLIENT_ID),
        *("--deployment-id", sandbox.DEPLOYMENT_ID, "--name", "Sandbox District"),
        *("--schoology-domain", urls["schoology"].removeprefix("http://")),
        *("--consumer-key", sandbox.CONSUMER_KEY, "--consumer-secret-env", CONSUMER_SECRET),
    )
    return printed.rpartition("Setup code: ")[2].strip()


def _app(port: int) -> list[str]:
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8"]
    return [*gunicorn, "--bind", f"{sandbox.HOST}:{port}", "--log-level", "warning", "wsgi:app"]


def _sandboxes(plan: Plan, ports: dict[str, int], urls: dict[str, str], *, ready: bool) -> list[list[str]]:
    schoology = _flask(
        *("sandbox", "schoology", "--port", str(ports["schoology"]), *plan.size),
        *("--app-url", urls["app"]),
        *(("--mess",) if plan.mess else ()),
        *(("--empty",) if plan.own else ()),
        *(("--rate", "off") if ready else ()),
    )
    if plan.own:
        return [schoology]
    oneroster = ("--oneroster",) if plan.sis == "oneroster" else ()
    return [schoology, _flask("sandbox", "sis", "--port", str(ports["sis"]), *plan.size, *oneroster)]


def _start(environment: dict[str, str], *commands: list[str]) -> list[Any]:
    return [
        subprocess.Popen(each, env=environment, cwd=HOME, start_new_session=True)  # noqa: S603
        for each in commands
    ]


def _wait_for(children: list[Any], addresses: list[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = list(addresses)
    while waiting:
        if any(child.poll() is not None for child in children):
            raise click.ClickException("One of the servers stopped right away. Its message is above.")
        if time.monotonic() > deadline:
            raise click.ClickException(f"{waiting[0]} doesn't answer.")
        waiting = [each for each in waiting if not _answers(each)]
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as reply:  # noqa: S310 - our own addresses
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def _watch(children: list[Any]) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    raise click.ClickException("One of the servers stopped, so the others were stopped, too.")


def _stop(children: list[Any]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
