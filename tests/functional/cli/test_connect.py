"""The connection from the command line: the same rules as on the form, and a check that scripts can read."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.models import Audit, SisConnection
from lti_app.runs.words import sentence
from tests.support.world import World

SECRET = {"SIS_PASSWORD": "sandbox-password"}


def run(world: World, *words: str, env: dict[str, str] | None = None) -> Result:
    return world.app.test_cli_runner().invoke(args=list(words), env=env)


def connect(world: World, *more: str, env: dict[str, str] | None = None, sis: str = "eschoolplus") -> Result:
    return run(world, "installation", "connect", "--installation", "1", "--sis", sis, *more, env=env)


def check(world: World, *more: str) -> Result:
    return run(world, "sis", "check", "--installation", "1", *more)


def stored(world: World) -> SisConnection:
    with world.app.app_context():
        return db.session.get_one(SisConnection, 1)


def forget(world: World) -> None:
    with world.app.app_context():
        db.session.delete(db.session.get_one(SisConnection, 1))
        db.session.commit()


@pytest.fixture
def whole(world: World) -> tuple[str, ...]:
    """Everything that a new connection needs."""
    return (
        *("--set", f"domain={world.sis.url}", "--set", "site_code=demo", "--set", "login_name=schoology"),
        *("--secret-env", "password=SIS_PASSWORD"),
    )


def test_a_whole_connection_is_stored_sealed_and_works(world: World, whole: tuple[str, ...]) -> None:
    forget(world)

    said = connect(world, *whole, env=SECRET)
    asked = check(world)

    assert said.exit_code == 0 and "the connection to eSchoolPLUS is stored" in said.output
    assert (asked.exit_code, "eSchoolPLUS 21.4.2" in asked.output) == (0, True)
    row = stored(world)
    assert row.settings == {"domain": world.sis.url, "site_code": "demo", "login_name": "schoology"}
    assert "sandbox-password" not in f"{row.secrets}{said.output}{asked.output}"
    with world.app.app_context():
        lines = {each.what: (each.new, each.name) for each in db.session.scalars(select(Audit))}
    assert lines["SIS site code"] == ("demo", "command line")
    assert lines["SIS password"] == ("changed", "command line")


def test_what_is_not_given_stays_as_it_is(world: World) -> None:
    before = stored(world).secrets

    assert connect(world, "--set", "login_name=other").exit_code == 0

    after = stored(world)
    assert (after.settings["login_name"], after.settings["site_code"]) == ("other", "demo")
    assert after.secrets == before


@pytest.mark.parametrize("place", ["domain=evil.example", "site_code=elsewhere"])
def test_another_place_needs_the_secret_again(world: World, place: str) -> None:
    said = connect(world, "--set", place)

    assert said.exit_code == 1
    assert "changed, so enter the password again" in said.output
    assert stored(world).settings["site_code"] == "demo"
    assert stored(world).settings["domain"] == world.sis.url


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--set", "colour=red"), "eSchoolPLUS has no colour here; it has: domain, site_code, login_name."),
        (("--set", "password=open"), "has no password here"),
        (("--set", "domain"), "isn’t KEY=VALUE"),
        (("--secret-env", "password=NOT_SET"), "the environment has no NOT_SET"),
        (("--secret-env", "domain=SIS_PASSWORD"), "it has: password."),
        (("--set", "site_code=a", "--set", " site_code=b"), "site_code is given more than once."),
        (
            ("--secret-env", "password=PATH", "--secret-env", "password=HOME"),
            "password is given more than once.",
        ),
        (("--set", "=x"), "“=x” isn’t KEY=VALUE"),
    ],
    ids=[
        "unknown",
        "secret-in-the-clear",
        "no-value",
        "no-variable",
        "not-secret",
        "twice",
        "secret-twice",
        "no-key",
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_stored(
    world: World, more: tuple[str, ...], words: str
) -> None:
    before = stored(world)

    said = connect(world, *more)

    assert said.exit_code == 2 and words in " ".join(said.output.split())
    assert (stored(world).settings, stored(world).secrets) == (before.settings, before.secrets)


def test_an_unknown_sis_is_refused_with_those_that_there_are(world: World) -> None:
    said = connect(world, sis="powerdata")

    assert said.exit_code == 2 and "“powerdata” isn’t one of: eschoolplus" in said.output


def test_every_missing_field_is_named(world: World) -> None:
    forget(world)

    said = connect(world, "--set", "domain=two words")

    assert said.exit_code == 1
    for words in (
        "domain: This isn’t a valid domain",
        "site_code: Enter",
        "login_name: Enter",
        "password: Ent",
    ):
        assert words in said.output


def test_a_check_as_json_says_product_version_and_capabilities(world: World) -> None:
    asked = check(world, "--json")

    said = json.loads(asked.output)
    assert asked.exit_code == 0
    assert (said["ok"], said["product"], said["version"]) == (True, "eSchoolPLUS", "21.4.2")
    assert said["buildings"] > 0 and isinstance(said["capabilities"], list)
    assert (said["problem"], said["gradebook_problem"]) == ("", "")


def test_a_check_tells_a_refusal_from_an_outage(world: World, whole: tuple[str, ...]) -> None:
    world.sis_faults.add([{"route": "POST ^.*/session", "fault": "500", "times": 9}])
    outage = check(world, "--json")
    world.sis_faults.clear()
    connect(world, *whole, env={"SIS_PASSWORD": "wrong"})
    refused = check(world, "--json")

    assert outage.exit_code == 3 and not json.loads(outage.output)["ok"]
    assert refused.exit_code == 1
    assert "refused the login name or password" in json.loads(refused.output)["problem"]
    assert "password" in sentence(stored(world).problem)


def test_a_check_asks_the_gradebook_too(world: World) -> None:
    world.sis.app.extensions["sis"].unlicensed = frozenset({"GRADEBOOK_SETTINGS"})

    asked = check(world)

    assert asked.exit_code == 1
    assert "Gradebook     off: The login works, but it doesn’t have API access" in asked.output
    assert stored(world).gradebook_problem and not stored(world).problem


def test_an_installation_that_is_not_there_is_named(world: World) -> None:
    for words in (("sis", "check", "--json"), ("installation", "connect", "--sis", "eschoolplus")):
        said = run(world, *words, "--installation", "99")

        assert said.exit_code == 2 and "99" in said.output and "installation list" in said.output


def test_nothing_to_check_and_an_adapter_that_is_gone_are_said(world: World) -> None:
    with world.app.app_context():
        db.session.get_one(SisConnection, 1).adapter = "gone"
        db.session.commit()
    gone = check(world)
    forget(world)
    empty = check(world)

    assert gone.exit_code == 1 and "called “gone”" in gone.output
    assert empty.exit_code == 1 and "isn’t connected yet" in empty.output
