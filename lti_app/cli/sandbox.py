"""flask sandbox: a made-up Schoology and eSchoolPLUS, for demos and tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.fault_script import FaultScriptError
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.oneroster.load import RosterError, load_oneroster
from lti_app.sandbox.schoology.lti import install
from lti_app.sandbox.schoology.lti import platform as lti_platform
from lti_app.sandbox.schoology.pages import site
from lti_app.sandbox.schoology.server import create_schoology
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.schoology.used_before import make_mess
from lti_app.sandbox.serving import serve_forever
from lti_app.sandbox.sis.oneroster.face import Face, Knobs
from lti_app.sandbox.sis.server import create_sis

group = AppGroup("sandbox", help="Run a made-up Schoology or eSchoolPLUS, for demos and tests.")
HOST = "127.0.0.1"
CLIENT_ID = "7302158846"
DEPLOYMENT_ID = "7302158846-5190274413"
CONSUMER_KEY = "sandbox-consumer-key"
CONSUMER_SECRET = "sandbox-consumer-secret"  # noqa: S105 - the sandbox has no secrets
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def district_options(command: Any) -> Any:
    """The options that choose the district of a sandbox."""
    for option in (
        click.option("--port", type=int, required=True, help="Port on 127.0.0.1."),
        click.option("--roster", type=FOLDER, help="Folder of a OneRoster 1.1 CSV bundle."),
        click.option(
            "--students", default=300, show_default=True, help="Number of students in the made-up district."
        ),
        click.option("--seed", default=1, show_default=True, help="Seed of the made-up district."),
        click.option("--faults", "faults_file", type=FILE, help="JSON file of scripted faults."),
    ):
        command = option(command)
    return command


@group.command("schoology")
@district_options
@click.option("--app-url", default="http://localhost:8000", show_default=True, help="Where the app runs.")
@click.option(
    "--client-id", default=CLIENT_ID, show_default=True, help="The app's client ID in this Schoology."
)
@click.option(
    "--deployment-id",
    default=DEPLOYMENT_ID,
    show_default=True,
    help="The deployment ID of the app's install.",
)
@click.option("--consumer-key", default=CONSUMER_KEY, show_default=True, help="REST API key.")
@click.option("--consumer-secret", default=CONSUMER_SECRET, show_default=True, help="REST API secret.")
@click.option(
    "--rate", default="15/5", show_default=True, help="Requests/seconds that a key may send, or 'off'."
)
@click.option(
    "--mess", is_flag=True, help="Start with 40% of the district, in the state that years of use leave."
)
@click.option("--empty", is_flag=True, help="Start without the district's schools.")
def schoology(  # noqa: PLR0913 - one argument for each option
    port: int,
    roster: Path | None,
    students: int,
    seed: int,
    faults_file: Path | None,
    app_url: str,
    client_id: str,
    deployment_id: str,
    consumer_key: str,
    consumer_secret: str,
    rate: str,
    mess: bool,
    empty: bool,
) -> None:
    """Serve the sandbox Schoology: launches, REST API, and pages."""
    district = make(roster, students, seed)
    store = SchoologyStore()
    store.seed_organisation("Sandbox District", [] if empty else known_buildings(district))
    if mess:
        make_mess(store, district, seed=seed)
    app = create_schoology(
        store, consumers={consumer_key: consumer_secret}, rate=_rate(rate), faults=_faults(faults_file)
    )
    platform = lti_platform.LtiPlatform(
        base_url=f"http://{HOST}:{port}",
        tool=lti_platform.Tool.at(app_url),
        client_id=client_id,
        deployment_id=deployment_id,
    )
    install.install(app, store, platform)
    site.install(app, store, platform)
    click.echo(f"Sandbox Schoology on http://{HOST}:{port}")
    serve_forever(app, HOST, port)


@group.command("sis")
@district_options
@click.option("--site-code", default="demo", show_default=True, help="Site code to enter.")
@click.option("--login-name", default="schoology", show_default=True, help="Login name to enter.")
@click.option("--password", default="sandbox-password", show_default=True, help="Password to enter.")
@click.option(
    "--product-version", default="21.4.2", show_default=True, help="Product version that it reports."
)
@click.option("--oneroster", is_flag=True, help="Speak OneRoster 1.1 and 1.2 as well.")
@click.option(
    "--lax", is_flag=True, help="With --oneroster: take bodies that miss fields or have unknown ones."
)
def sis(  # noqa: PLR0913 - one argument for each option
    port: int,
    roster: Path | None,
    students: int,
    seed: int,
    faults_file: Path | None,
    site_code: str,
    login_name: str,
    password: str,
    product_version: str,
    oneroster: bool,
    lax: bool,
) -> None:
    """Serve the sandbox eSchoolPLUS: web service, pages, and OneRoster if asked for."""
    app = create_sis(
        make(roster, students, seed),
        site_code=site_code,
        login=login_name,
        password=password,
        product_version=product_version,
        faults=_faults(faults_file),
        oneroster=Face(Knobs(strict=not lax)) if oneroster else None,
    )
    click.echo(f"Sandbox {'OneRoster SIS' if oneroster else 'eSchoolPLUS'} on http://{HOST}:{port}")
    serve_forever(app, HOST, port)


def make(roster: Path | None, students: int, seed: int) -> Any:
    """The district of a roster folder, or a made-up one."""
    try:
        return load_oneroster(roster) if roster else make_district(students, seed)
    except (RosterError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def known_buildings(district: Any) -> list[tuple[str, str]]:
    """The schools that Schoology knows: all but the last, one with a slightly different name."""
    inside = [each for each in district.buildings.values() if not each.out_of_district]
    rows = [(each.abbreviation.strip() or str(each.building), each.name) for each in inside]
    if len(rows) > 1:
        code, name = rows[0]
        rows = [(code, f"{name} (main campus)"), *rows[1:-1]]
    return rows


def _faults(path: Path | None) -> Faults | None:
    try:
        return Faults.from_file(path) if path else Faults()
    except FaultScriptError as error:
        raise click.ClickException(str(error)) from error


def _rate(text: str) -> tuple[int, float] | None:
    if text == "off":
        return None
    requests, _, seconds = text.partition("/")
    if not requests.isdigit() or not seconds.replace(".", "", 1).isdigit():
        raise click.BadParameter("use requests/seconds, such as 15/5, or 'off'.", param_hint="--rate")
    return int(requests), float(seconds)


def port_of(name: str, default: int) -> int:
    """A port from the environment. Raises ClickException for anything else."""
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise click.ClickException(f"{name} is “{text}”. Set it to a port number.")
    return int(text)
