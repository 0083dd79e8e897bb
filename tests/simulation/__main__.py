"""`python -m tests.simulation --seeds 1000 --from 1`: tell stories, and name those that go wrong."""

from __future__ import annotations

import logging
import time

import click

from tests.simulation.seeds import NOT_YET
from tests.simulation.shrink import shrunk
from tests.simulation.story import tell


@click.command()
@click.option("--seeds", default=100, help="How many stories.")
@click.option("--from", "first", default=1, help="The first seed.")
@click.option("--without", multiple=True, default=NOT_YET, help="A kind of fault to leave out.")
@click.option("--everything", is_flag=True, help="Leave no kind of fault out.")
@click.option("--shrink", is_flag=True, help="Tell the smallest story that still goes wrong, too.")
@click.option("--verbose", is_flag=True, help="Show each story, and the app's log.")
def main(  # noqa: PLR0913 - one for each option
    seeds: int, first: int, without: tuple[str, ...], everything: bool, shrink: bool, verbose: bool
) -> None:
    """Tell the stories of so many seeds."""
    logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL)
    wrong, began, wall = 0, time.process_time(), time.perf_counter()
    for seed in range(first, first + seeds):
        told = tell(seed, without=() if everything else without)
        wrong += bool(told.wrong)
        if told.wrong or verbose:
            click.echo(str(told))
        if told.wrong and shrink:
            click.echo(f"smallest: {shrunk(told)}")
    spent = time.process_time() - began
    click.echo(
        f"{seeds} stories, {wrong} went wrong; {60 * seeds / spent:.0f} a minute of processor time"
        f" ({time.perf_counter() - wall:.0f} s on the clock)"
    )
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
