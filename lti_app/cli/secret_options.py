"""How a command gets a secret: from a variable, a file, or a prompt.

Never as an argument: every user of the machine could read it in the list of processes, and the shell would
keep it in its history.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def consumer_secret(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of `read_secret`, as `variable` and `file`."""
    variable = click.option(
        "--consumer-secret-env",
        "variable",
        default="",
        metavar="VARIABLE",
        help="Environment variable that holds the consumer secret.",
    )
    file = click.option(
        "--consumer-secret-file",
        "file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File that holds the consumer secret. Without either, you're asked for it.",
    )
    return variable(file(command))


def read_secret(variable: str, file: Path | None) -> str:
    """The consumer secret. Raises BadParameter and UsageError."""
    if variable and file:
        raise click.UsageError("Use --consumer-secret-env or --consumer-secret-file, not both.")
    if variable:
        return _found(
            os.environ.get(variable, ""), "--consumer-secret-env", f"the environment has no {variable}"
        )
    if file:
        try:
            text = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(
                f"{file} can't be read ({type(error).__name__}).", param_hint="--consumer-secret-file"
            ) from error
        return _found(text, "--consumer-secret-file", f"{file} holds nothing")
    return str(click.prompt("Consumer secret", hide_input=True))


def _found(secret: str, option: str, otherwise: str) -> str:
    if not secret:
        raise click.BadParameter(f"{otherwise}, or it is empty.", param_hint=option)
    return secret
