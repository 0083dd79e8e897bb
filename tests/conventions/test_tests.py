"""Every test must be able to fail, says in plain words what it shows, and finds its rows in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.models import Base
from tests.conventions.sources import ROOT, Function, Source, assert_none, sources, tracked

TESTS = sources("tests")
LONGEST_NAME = 72
PROMISES = ("expect", "raises", "axe")
"""Calls that fail by themselves when what they say is not so."""


def _tests() -> Iterator[tuple[Source, Function]]:
    for source in TESTS:
        for node in source.functions():
            if source.path.name.startswith("test_") and node.name.startswith("test_"):
                yield source, node


def _calls(node: ast.AST) -> set[str]:
    """The last part of the name of everything that is called in a node."""
    names = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            called = each.func
            names.add(called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""))
    return names


def _asserting_helpers() -> set[str]:
    """Functions of the tests that assert on behalf of the tests that call them."""
    return {
        node.name
        for source in TESTS
        for node in source.functions()
        if not node.name.startswith("test_") and any(isinstance(each, ast.Assert) for each in ast.walk(node))
    }


def _can_fail(node: Function, helpers: set[str]) -> bool:
    if any(isinstance(each, ast.Assert) for each in ast.walk(node)):
        return True
    called = _calls(node)
    return bool(called & helpers) or any(name.startswith(PROMISES) for name in called)


def test_every_name_of_a_test_fits_into_a_line() -> None:
    assert_none(source.place(node) for source, node in _tests() if len(node.name) > LONGEST_NAME)


def test_every_test_states_something() -> None:
    helpers = _asserting_helpers()
    silent = [source.place(node) for source, node in _tests() if not _can_fail(node, helpers)]
    assert_none(silent)


def test_no_comparison_stands_for_itself() -> None:
    bare = [
        f"{source.name}:{each.lineno}"
        for source in TESTS
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Compare | ast.BoolOp)
    ]
    assert_none(bare)


def test_no_assertion_is_always_true() -> None:
    """An assert on a tuple or on a plain text that is not empty cannot fail."""
    idle = [
        f"{source.name}:{each.lineno}"
        for source in TESTS
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Assert) and isinstance(each.test, ast.Tuple | ast.Constant | ast.JoinedStr)
    ]
    assert_none(idle)


def test_no_test_sets_what_it_should_check() -> None:
    """`response.status_code = 404` was meant to be an assertion."""
    judged = {"status_code", "state", "reason", "text"}
    set_on_answers = [
        f"{source.name}:{each.lineno}"
        for source in TESTS
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Attribute)
        and target.attr in judged
        and isinstance(target.value, ast.Name)
        and target.value.id in ("response", "answer", "page")
    ]
    assert_none(set_on_answers)


def test_no_test_waits_for_the_clock() -> None:
    """A pause of a fixed length is either too long or too short."""
    sleeping = [
        source.place(node) for source, node in _tests() if _calls(node) & {"sleep", "wait_for_timeout"}
    ]
    assert_none(sleeping)


def test_nothing_of_our_own_is_replaced_by_a_mock() -> None:
    used = [
        f"{source.name}:{each.lineno}"
        for source in TESTS
        for each in ast.walk(source.tree)
        if isinstance(each, ast.ImportFrom | ast.Import)
        and "mock" in " ".join([getattr(each, "module", "") or "", *(alias.name for alias in each.names)])
    ]
    assert_none(used)


def test_no_line_is_kept_out_of_the_coverage() -> None:
    pragma = "pragma: " + "no cover"
    assert_none([source.name for source in sources("lti_app") if pragma in source.text])


@pytest.mark.parametrize("folder", ["lti_app", "tests"])
def test_no_two_functions_of_a_scope_share_a_name(folder: str) -> None:
    """The later one would replace the earlier one, and a test would silently not run."""
    twice = []
    for source in sources(folder):
        classes = [each for each in ast.walk(source.tree) if isinstance(each, ast.ClassDef)]
        scopes: list[ast.Module | ast.ClassDef] = [source.tree, *classes]
        for scope in scopes:
            functions = [each for each in scope.body if isinstance(each, Function)]
            plain = [each.name for each in functions if not each.decorator_list]
            twice += [f"{source.name}: {name}" for name in set(plain) if plain.count(name) > 1]
    assert_none(twice)


def _rows_made(source: Source) -> Iterator[str]:
    tables = {each.class_.__name__ for each in Base.registry.mappers}
    for each in ast.walk(source.tree):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in tables:
            imported = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
            ours = (node for node in imported if (node.module or "").startswith("lti_app.models"))
            if each.func.id in {alias.name for node in ours for alias in node.names}:
                yield f"{source.name}:{each.lineno} makes a row of {each.func.id}"


def test_rows_are_made_in_the_factories_alone() -> None:
    assert_none(
        offence for source in TESTS if source.name != "tests/factories.py" for offence in _rows_made(source)
    )


def test_tests_stand_in_folders_named_after_rooms() -> None:
    """Apart from those of the tests' own support and of the benches."""
    folders = {
        path.relative_to(ROOT / "tests").parent
        for path in tracked()
        if path.name.startswith("test_") and path.is_relative_to(ROOT / "tests")
    }
    mirrored = (each for each in folders if each.parts[0] in ("unit", "functional"))
    rooms = {each: Path(*each.parts[1:]) for each in mirrored}
    assert_none(
        f"tests/{folder} names no folder of lti_app"
        for folder, room in sorted(rooms.items())
        if room.name not in ("support", "bench") and not (ROOT / "lti_app" / room).is_dir()
    )
