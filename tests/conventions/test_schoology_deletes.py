"""What the app can delete in Schoology: what it made there to join or to weigh, never an object of people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, cast

import pytest

from lti_app.school.records import Kind
from lti_app.schoology.api.provisioner import SchoologyApi
from tests.conventions.sources import assert_none, sources

ALLOWED = ("'enrollments'", "f'sections/{section_id}/grading_categories/", "f'triggers/targets/")
"""How the paths begin that a DELETE may have."""


def _deleted() -> Iterator[tuple[str, str]]:
    """(place, path) of every call that deletes."""
    for source in sources("lti_app/schoology"):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            first, *rest = [*node.args, ast.Constant(None)]
            if node.func.attr == "delete" and node.args:
                yield f"{source.name}:{node.lineno}", ast.unparse(first)
            elif isinstance(first, ast.Constant) and first.value == "DELETE" and node.func.attr != "_call":
                yield f"{source.name}:{node.lineno}", ast.unparse(rest[0])


def test_only_enrollments_categories_and_targets_are_deleted_in_schoology() -> None:
    found = list(_deleted())

    assert len(found) == len(ALLOWED)
    assert_none(f"{place} deletes {path}" for place, path in found if not path.startswith(ALLOWED))


@pytest.mark.parametrize("kind", [Kind.USER, Kind.COURSE, Kind.SECTION])
def test_an_object_of_people_cannot_be_dropped(kind: Kind) -> None:
    with pytest.raises(ValueError, match="ever removed"):
        SchoologyApi.drop(cast(Any, None), kind, [])
