# ruff: noqa
# fmt: off
# mypy: ignore-errors
import os
from hypothesis import Phase, settings, seed, HealthCheck, Verbosity
from hypothesis.stateful import run_state_machine_as_test
from tests.simulation.grades import Grades
from tests.simulation.test_grades import room, SLOW
def test_zz_long():
    S=settings(max_examples=int(os.environ.get("N","300")), stateful_step_count=40, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=SLOW)
    seed(int(os.environ.get("GS","11")))(Grades)
    run_state_machine_as_test(Grades, settings=S)
