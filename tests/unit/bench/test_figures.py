"""A figure that misses its target says so, and fails the bench."""

from __future__ import annotations

import pytest

from tests.bench.figures import Figures


@pytest.mark.parametrize(
    ("value", "limits", "line", "failures"),
    [
        (7, {}, "seats 7 rows", 0),
        (7, {"at_most": 7}, "seats 7 rows target<=7 PASS", 0),
        (8, {"at_most": 7}, "seats 8 rows target<=7 FAIL", 1),
        (1.0625, {"at_most": 1.05}, "seats 1.062 rows target<=1.05 FAIL", 1),
        (6, {"at_least": 7}, "seats 6 rows target>=7 FAIL", 1),
    ],
)
def test_one_line_a_figure(
    capsys: pytest.CaptureFixture[str], value: float, limits: dict[str, float], line: str, failures: int
) -> None:
    figures = Figures()

    figures.say("seats", value, "rows", **limits)

    assert capsys.readouterr().out == f"{line}\n"
    assert figures.failures == failures


def test_a_figure_that_passes_does_not_hide_one_that_missed() -> None:
    figures = Figures()
    figures.say("a", 2, "x", at_most=1)
    figures.say("b", 1, "x", at_most=1)

    assert figures.failures == 1
