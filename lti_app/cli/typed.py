"""What a host types: IDs that fit into the database, and names that fill one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

LONGEST = 255
"""Characters of a name; pages show it whole."""
ID = click.IntRange(1, 2**31 - 1)
"""An ID of a row: PostgreSQL's integer."""


class Line(click.ParamType[str]):
    """Words on one line, without spaces around them; with `may_be_empty`, none removes what was there."""

    name = "text"

    def __init__(self, *, may_be_empty: bool = False) -> None:
        self._may_be_empty = may_be_empty

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The words with single spaces between them. Ends the command with 2 where they can't be used."""
        text = " ".join(str(value).split())
        if not text and not self._may_be_empty:
            self.fail("It is empty.", param, ctx)
        if len(text) > LONGEST:
            self.fail(f"It is longer than {LONGEST} characters.", param, ctx)
        if not text.isprintable():
            self.fail("It contains a character that can't be shown.", param, ctx)
        return text


LINE, LINE_OR_NOTHING = Line(), Line(may_be_empty=True)


def of_installation(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --installation, as `installation_id`."""
    return click.option(
        "--installation", "installation_id", type=ID, required=True, help="ID from 'installation list'."
    )(command)
