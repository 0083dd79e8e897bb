"""Sizes that keep a file and a function readable in one go."""

from __future__ import annotations

import ast
from statistics import median, quantiles

from tests.conventions.sources import Function, assert_none, nesting, positional, sources

CODE = sources("lti_app")


def _lengths() -> dict[str, int]:
    return {
        source.place(node): (node.end_lineno or node.lineno) - node.lineno + 1
        for source in CODE
        for node in source.functions()
    }


def _is_command(node: Function) -> bool:
    """Commands get their options by name from the command line."""
    return any(
        "click." in ast.unparse(each) or ".command" in ast.unparse(each) for each in node.decorator_list
    )


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert_none([f"{each.name} has {each.lines} lines" for each in CODE if each.lines > 300])


def test_half_of_the_modules_have_at_most_a_hundred_lines() -> None:
    assert median(each.lines for each in CODE) <= 100


def test_no_function_is_longer_than_sixty_lines() -> None:
    assert_none([f"{place} has {length} lines" for place, length in _lengths().items() if length > 60])


def test_half_of_the_functions_have_at_most_ten_lines() -> None:
    assert median(_lengths().values()) <= 10


def test_nineteen_of_twenty_functions_have_at_most_forty_lines() -> None:
    assert quantiles(_lengths().values(), n=20)[-1] <= 40


def test_blocks_stand_at_most_three_deep() -> None:
    deep = [source.place(node) for source in CODE for node in source.functions() if nesting(node) > 3]
    assert_none(deep)


def test_at_most_four_arguments_go_by_position() -> None:
    many = [
        source.place(node)
        for source in CODE
        for node in source.functions()
        if len(positional(node)) > 4 and not _is_command(node)
    ]
    assert_none(many)
