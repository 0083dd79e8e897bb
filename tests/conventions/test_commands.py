"""Every command explains itself and stands in the README."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from flask import Flask

from tests.conventions.sources import ROOT, assert_none

FOREIGN = {"db", "routes", "run", "shell"}
"""Commands of Flask and of its extensions."""


def _commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if not prefix and name in FOREIGN:
            continue
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")


def _ours(app: Flask) -> dict[str, click.Command]:
    return dict(_commands(app.cli))


def test_every_command_and_group_has_help(bare_app: Flask) -> None:
    assert_none(name for name, command in _ours(bare_app).items() if not (command.help or "").strip())


def test_every_option_has_help(bare_app: Flask) -> None:
    assert_none(
        f"{name} {option.opts[0]}"
        for name, command in _ours(bare_app).items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    )


def test_every_command_stands_in_the_readme(bare_app: Flask) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    leaves = [name for name, command in _ours(bare_app).items() if not isinstance(command, click.Group)]
    assert_none(name for name in leaves if f"`{name}" not in readme)


@pytest.mark.parametrize(
    "name",
    [
        "platform add",
        "installation add",
        "installation list",
        "sync plan",
        "sync run",
        "sync show",
        "jobs list",
        "jobs worker",
        "keys rotate",
        "doctor",
        "sandbox schoology",
        "sandbox sis",
        "demo",
    ],
)
def test_the_commands_that_others_rely_on_are_there(bare_app: Flask, name: str) -> None:
    assert name in _ours(bare_app)
