"""flask sis: ask the student information system of an installation."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from lti_app.cli.installation import find
from lti_app.cli.typed import of_installation
from lti_app.extensions import db
from lti_app.outbound.errors import ToDo
from lti_app.runs.words import sentence
from lti_app.setup import connection
from lti_app.setup.connection_entry import is_complete
from lti_app.sis import registry
from lti_app.sis.capabilities import Capabilities
from lti_app.sis.errors import SisError, SisNotRecognized
from lti_app.store.district import District
from lti_app.vault import VaultError

group = AppGroup("sis", help="The student information system of an installation.")

REFUSED, TEMPORARY = 1, 3
"""Exit codes: a person has to act, or it may work later. 2 is a wrong option, as everywhere."""


@group.command("check")
@of_installation
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(installation_id: int, as_json: bool) -> None:
    """Sign in with what is stored, ask both services, and keep the result.

    Exits with 0 when rosters and gradebook work, 1 when a person has to act, and 3 when the SIS doesn't
    answer right now.
    """
    district = District(db.session, find(installation_id).id)
    found = _asked(district)
    code = found.pop("exit")
    click.echo(json.dumps(found) if as_json else _words(found), err=bool(code) and not as_json)
    if code:
        raise SystemExit(code)


def _asked(district: District) -> dict[str, Any]:
    stored = connection.read(district)
    found: dict[str, Any] = {"sis": stored.adapter, "ok": False, "problem": "", "exit": REFUSED}
    try:
        if registry.find(stored.adapter) and not is_complete(stored):
            return {**found, "problem": "The SIS isn’t connected yet: run 'installation connect'."}
        info = connection.check(district, current_app.extensions["wiring"].sis(stored))
    except SisError as error:
        waits = error.to_do is ToDo.WAIT and not isinstance(error, SisNotRecognized)
        return {**found, "problem": str(error), "exit": TEMPORARY if waits else REFUSED}
    except VaultError as error:
        return {**found, "problem": str(error)}
    stored = connection.read(district)
    refusal = sentence(stored.gradebook_problem)
    return {
        **found,
        "ok": not refusal,
        "product": info.product,
        "version": info.version,
        "buildings": info.buildings,
        "capabilities": _capabilities(current_app.extensions["wiring"].capabilities(stored)),
        "gradebook_problem": refusal,
        "exit": REFUSED if refusal else 0,
    }


CAPABILITIES = {
    "grades": "grades",
    "delete": "deletes assignments",
    "clear": "clears scores",
    "exempt": "exempts scores",
    "marks": "marks",
    "flags": "flags missing work",
    "comments": "comments",
    "settings": "gradebook settings",
    "category_weights": "category weights",
    "item_ids": "keeps Schoology IDs",
    "item_weight": "weights of assignments",
    "publish": "publishes assignments",
    "averages": "averages",
    "class_days": "class days",
    "narrow": "looks up one record",
}
"""Each of the fields of Capabilities that are on or off, as people read it."""


def _capabilities(known: Capabilities) -> list[str]:
    """The names of everything that it can do."""
    return [each.name for each in fields(known) if getattr(known, each.name) is True]


def _words(found: dict[str, Any]) -> str:
    if "product" not in found:
        return f"The connection doesn’t work. {found['problem']}"
    lines = [
        f"Product       {found['product']} {found['version']}",
        f"Schools       {found['buildings']}",
        f"Capabilities  {', '.join(CAPABILITIES[each] for each in found['capabilities']) or 'none reported'}",
    ]
    if found["gradebook_problem"]:
        lines.append(f"Gradebook     off: {found['gradebook_problem']}")
    return "\n".join(lines)
