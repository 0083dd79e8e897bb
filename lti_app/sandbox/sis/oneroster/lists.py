"""A list as it is asked for: filtered, put in order, cut into pages, with or without a total."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from lti_app.sandbox.faults import fault_now
from lti_app.sandbox.sis.oneroster.errors import Wrong
from lti_app.sandbox.sis.oneroster.face import face
from lti_app.sandbox.sis.oneroster.spelling import Wire

CLAUSE = re.compile(r"\s*([A-Za-z.]+)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*")
DEFAULT = 100
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    "~": lambda one, other: other in one,
}
PARAMETERS = frozenset(("limit", "offset", "sort", "orderBy", "filter", "fields"))


def answer(name: str, count: int, spell: Callable[[int], Wire]) -> Response:
    """The page of a list that the request asks for; `spell` gives the row at a place."""
    unknown = set(request.args) - PARAMETERS
    if unknown and face().knobs.strict:
        raise Wrong(400, f"There is no parameter {sorted(unknown)[0]}.", "invalid_selection_field")
    places: Sequence[int] = range(count)
    wanted = _filter(request.args.get("filter", ""))
    field = request.args.get("sort", "")
    if wanted or (field and field != "sourcedId"):
        places = _arranged(places, spell, wanted, field)
    if request.args.get("orderBy", "asc").lower() == "desc":
        places = places[::-1]
    return _page(name, places, spell)


def _page(name: str, places: Sequence[int], spell: Callable[[int], Wire]) -> Response:
    knobs, fault = face().knobs, fault_now()
    if fault == "refuse-parameters" and set(request.args) & {"sort", "filter"}:
        raise Wrong(400, "This parameter is not supported.", "invalid_sort_field")
    limit, offset = min(_number("limit", DEFAULT, 1), knobs.page_cap), _number("offset", 0, 0)
    total = len(places)
    if fault == "404-list" or (not total and knobs.empty_is_404):
        raise Wrong(404, "No object was found.", "unknownobject")
    if fault in ("null-list", "no-list"):
        return jsonify({name: None} if fault == "null-list" else {"result": "ok"})
    chosen = _chosen(places, limit, offset, fault)
    response = jsonify({name: [spell(place) for place in chosen]})
    if knobs.totals:
        told = len(chosen) if fault == "page-total" else total + (fault == "other-total")
        response.headers["X-Total-Count"] = str(told)
    if knobs.links:
        response.headers["Link"] = _links(total, limit, offset)
    return response


def _chosen(places: Sequence[int], limit: int, offset: int, fault: str | None) -> Sequence[int]:
    """The rows of a page, and what faults make of them."""
    moved = {"ignore-offset": 0, "repeat-page": offset - limit, "shift-rows": offset + 1}
    offset = max(0, {**moved, "shift-back": offset - 1}.get(fault or "", offset))
    chosen = places[offset : offset + limit]
    if fault == "drop-rows":
        return chosen[:-1]
    return chosen[: max(1, len(chosen) // 2)] if fault == "short-page" else chosen


def _links(total: int, limit: int, offset: int) -> str:
    places = {"first": 0, "last": max(0, (total - 1) // limit * limit)}
    places |= {"next": offset + limit} if offset + limit < total else {}
    places |= {"prev": max(0, offset - limit)} if offset else {}
    others = {key: value for key, value in request.args.items() if key not in ("limit", "offset")}
    return ", ".join(
        f'<{request.base_url}?{urlencode({**others, "limit": limit, "offset": place})}>; rel="{name}"'
        for name, place in places.items()
    )


def _number(name: str, default: int, least: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdigit() or int(text) < least:
        raise Wrong(400, f"{name} must be a whole number from {least}.", "invaliddata")
    return int(text)


def _filter(text: str) -> Callable[[Wire], bool] | None:
    """At most two clauses, joined by one AND or OR."""
    if not text or face().knobs.ignores_filters or fault_now() == "ignore-filter":
        return None
    parts = re.split(r"'\s+(AND|OR)\s+(?=[A-Za-z.]+\s*[!=<>~])", text, maxsplit=1)
    texts = [parts[0] + ("'" if len(parts) > 1 else ""), *parts[2:]]
    clauses = [_clause(each) for each in texts]
    both = len(parts) < 2 or parts[1] == "AND"
    return lambda row: (all if both else any)(each(row) for each in clauses)


def _clause(text: str) -> Callable[[Wire], bool]:
    found = CLAUSE.fullmatch(text)
    if found is None:
        raise Wrong(400, "The filter cannot be understood.", "invalid_filter_field")
    path, operator, value = found[1], OPERATORS[found[2]], found[3].replace("''", "'")
    return lambda row: any(operator(each, value) for each in _values(row, path.split(".")))


def _values(row: Any, path: list[str]) -> list[str]:
    if isinstance(row, list):
        return [value for each in row for value in _values(each, path)]
    if not path:
        return [str(row)]
    return _values(row[path[0]], path[1:]) if isinstance(row, dict) and path[0] in row else []


def _arranged(
    places: Sequence[int], spell: Callable[[int], Wire], wanted: Callable[[Wire], bool] | None, field: str
) -> Sequence[int]:
    rows = [(place, spell(place)) for place in places]
    kept = [(place, row) for place, row in rows if wanted is None or wanted(row)]
    if field and field != "sourcedId":
        kept.sort(key=lambda each: _values(each[1], field.split(".")))
    return [place for place, _ in kept]
