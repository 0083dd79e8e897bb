"""flask person: what the app holds about one person."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from lti_app import formats
from lti_app.cli.installation import find, new_file
from lti_app.cli.typed import of_installation
from lti_app.extensions import db
from lti_app.operations.people import erase as erasing
from lti_app.operations.people import export as exporting
from lti_app.operations.people import holds, tombstones
from lti_app.operations.people.person import Person
from lti_app.operations.people.person import find as find_person
from lti_app.runs.words import sentence
from lti_app.school.outside_codes import PersonCode
from lti_app.school.reasons import Told, because
from lti_app.store import audit, sqlite
from lti_app.store.district import District

group = AppGroup("person", help="Export or erase what the app holds about one person.")
ID = "The person's SIS ID, or their Schoology user ID."


@group.command("export")
@of_installation
@click.option("--id", "given", required=True, help=ID)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The JSON file to write; it's readable for its owner only.",
)
def export(installation_id: int, given: str, file: Path) -> None:
    """Write everything that the app holds about a person to a JSON file."""
    district = _district(installation_id)
    person = _person(district, given)
    told = exporting.export(district, person, audit.THE_HOST)
    with new_file(file) as out:
        json.dump(told, out, ensure_ascii=False, indent=1, default=str)
    db.session.commit()
    click.echo(f"What the app holds of {person.id} is in {file}. Delete the file when you no longer need it.")


@group.command("erase")
@of_installation
@click.option("--id", "given", default="", help=ID)
@click.option("--typed", default="", help="The person's SIS ID again, instead of at the prompt.")
@click.option(
    "--again",
    is_flag=True,
    help="After a restore: erase everybody who was erased before, as 'database restore' does.",
)
def erase(installation_id: int, given: str, typed: str, again: bool) -> None:
    """Erase what the app holds about a person who has left. Nothing in Schoology or the SIS changes."""
    district, vault = _district(installation_id), current_app.extensions["wiring"].vault
    if again:
        number = erasing.again(district, vault)
        db.session.commit()
        click.echo(f"{formats.counted(number, 'person', 'people')} erased again.")
        return
    person = _person(district, given)
    typed = typed or click.prompt(f"This can't be undone. Type {person.id} to erase")
    if typed.strip() != person.id:
        raise click.ClickException(f"“{typed}” isn't the ID of this person. Nothing was erased.")
    try:
        rows = erasing.erase(district, vault, person, audit.THE_HOST)
    except Told as error:
        raise click.ClickException(f"Nothing was erased. {sentence(error.reason)}") from error
    db.session.commit()
    sqlite.write_through(district.session)
    click.echo(f"{person.id} was erased: {formats.counted(rows, 'row')} deleted or changed.")


@group.command("hold")
@of_installation
@click.option("--id", "given", default="", help=f"{ID} Without it, every legal hold is listed.")
@click.option("--off", is_flag=True, help="Lift the hold.")
def hold(installation_id: int, given: str, off: bool) -> None:
    """Put a person on legal hold: nothing about them is erased or deleted until you lift it with --off."""
    district = _district(installation_id)
    if not given:
        for row in holds.all_of(district):
            click.echo(
                f"{row.key}\tsince {formats.day(row.set_at.date())}\tby {row.set_by or audit.THE_HOST.name}"
            )
        return
    person = _person(district, given)
    (holds.lift if off else holds.put)(district, person, audit.THE_HOST)
    db.session.commit()
    click.echo(f"{person.id}: {'no longer on' if off else 'on'} legal hold.")


def _district(installation_id: int) -> District:
    return District(db.session, find(installation_id).id)


def _person(district: District, given: str) -> Person:
    """The person with an ID. Ends the command when there is none, or more than one."""
    try:
        return find_person(district, given)
    except Told as error:
        vault = current_app.extensions["wiring"].vault
        ids = Person(key=given.strip(), uid=given.strip())
        erased = tombstones.erased_at(district, vault, ids) if given.strip() else None
        if erased is not None and error.reason.code == PersonCode.NOBODY:
            when = because(PersonCode.WAS_ERASED, id=given, at=erased)
            raise click.ClickException(sentence(when)) from error
        raise click.ClickException(sentence(error.reason)) from error
