"""One room reads and writes links: no one else says anything of their table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.conventions.sources import assert_none, sources

ROOM = "lti_app/store/links/"
EXCEPTIONS = {
    "lti_app/models/": "declares the table",
    "lti_app/sync/plan/diff.py": "a plan is the difference of two tables, written by set statements",
    "lti_app/sync/plan/vanished.py": "its half of lines that end something, in the same set statements",
    "lti_app/sync/data_prep/lists.py": "a line's link stands in the middle of a join of four tables",
}
"""Where the table may be named outside its room, and why."""
ANNOTATED = ("annotation", "returns")


def _names(node: ast.AST) -> Iterator[ast.Name | ast.Attribute | ast.alias]:
    """Every `Link` of a file that is not the type of something, and every other name that it is given."""
    for field, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, ast.AST) or field in ANNOTATED:
                continue
            if isinstance(each, ast.Name) and each.id == "Link":
                yield each
            if isinstance(each, ast.Attribute) and each.attr == "Link":
                yield each
            if isinstance(each, ast.alias) and each.name == "Link" and each.asname:
                yield each
            yield from _names(each)


def _uses(text: str) -> list[int]:
    return [each.lineno for each in _names(ast.parse(text))]


def test_only_their_room_reads_and_writes_links() -> None:
    allowed = (ROOM, *EXCEPTIONS)
    assert_none(
        f"{source.name}:{line} uses Link: give it a named function in {ROOM}"
        for source in sources("lti_app")
        if not source.name.startswith(allowed)
        for line in _uses(source.text)
    )


def test_every_exception_is_one_that_is_used() -> None:
    used = {source.name for source in sources("lti_app") if _uses(source.text)}
    assert_none(place for place in EXCEPTIONS if place.endswith(".py") and place not in used)


@pytest.mark.parametrize(
    "text",
    [
        "district.select(Link)",
        "session.query(Link.sis_id)",
        "session.add(Link(kind='user'))",
        "insert(Link)",
        "update(models.Link)",
        "delete(Link).where(Link.kind == kind)",
        "query.outerjoin(Link, True)",
        "from lti_app.models import Link as Pair",
    ],
)
def test_each_way_to_use_the_table_is_seen(text: str) -> None:
    assert _uses(text)


def test_a_link_may_be_handed_on() -> None:
    assert not _uses("def name(link: Link, more: list[Link]) -> Link | None:\n    first: Link = link\n")
