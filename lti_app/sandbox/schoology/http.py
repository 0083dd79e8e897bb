"""How the sandbox's REST API reads requests and shapes answers: paging, bulk, JSON or XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Request, Response, current_app, g, request

from lti_app.sandbox.faults import fault_now
from lti_app.sandbox.schoology.oauth import Caller
from lti_app.sandbox.schoology.objects import StoreError
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.schoology.toggles import Toggles

Row = dict[str, Any]
Value = TypeVar("Value")
BULK = 50
PAGE, LARGEST_PAGE = 20, 200


class Refused(Exception):
    """An answer with a status and an empty or plain body."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def store() -> SchoologyStore:
    """The store of this app."""
    found: SchoologyStore = current_app.extensions["schoology_store"]
    return found


def toggles() -> Toggles:
    """The settings for unknown behavior."""
    found: Toggles = current_app.extensions["schoology_toggles"]
    return found


def caller() -> Caller:
    """Who calls."""
    found: Caller = g.caller
    return found


def base() -> str:
    """The address of the API."""
    return request.host_url.rstrip("/") + "/v1"


def is_admin() -> bool:
    """Whether the caller may work on the whole organization: a key alone, or a token of an administrator."""
    return caller().uid == 0 or store().is_admin(caller().uid)


def admin_only() -> None:
    """Raises Refused with 403 and an empty body for everybody else."""
    if not is_admin():
        raise Refused(403)


def section_staff(section_id: int) -> None:
    """Raises Refused unless the caller administers the organization or the section."""
    if is_admin():
        return
    seat = store().enrollment(section_id, caller().uid)
    if seat is None or not seat.admin:
        raise Refused(403)


def number(text: object) -> int:
    """An id out of a path or a field. Raises Refused with 404 for anything else."""
    try:
        return int(str(text))
    except ValueError:
        raise Refused(404) from None


def find(things: Mapping[int, Value], text: str) -> Value:
    """What has the id of a path. Raises Refused with 404."""
    found = things.get(number(text))
    if found is None:
        raise Refused(404)
    return found


def body() -> Any:
    """The JSON body. Raises Refused with 415 for another type and 400 for broken JSON."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/xml", "application/xml"):
        raise Refused(415)
    if kind != "application/json":
        raise Refused(400, "The sandbox reads bodies in JSON only.")
    try:
        return json.loads(request.get_data() or b"{}")
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None


def bulk_items(given: Any, plural: str, singular: str) -> list[Row] | None:
    """The items of a bulk body, or None for a single object. Raises Refused with 400 for more than 50."""
    if not isinstance(given, dict):
        raise Refused(400)
    wrapped = given.get(plural) if plural in given else None
    if wrapped is None and singular not in given:
        return None
    items = wrapped.get(singular) if isinstance(wrapped, dict) else given.get(singular)
    items = [items] if isinstance(items, dict) else list(items or [])
    if len(items) > BULK:
        raise Refused(400, f"At most {BULK} items are allowed in one request.")
    return items


def one_by_one(items: Sequence[Row], work: Callable[[Row], Row]) -> list[Row]:
    """Handle each item separately; a refused one gets its own code and message and stops no other."""
    rows = []
    for item in items:
        try:
            rows.append({"response_code": 200, **work(item)})
        except StoreError as error:
            rows.append({"response_code": error.code, toggles().failure_key: error.message})
        except (KeyError, TypeError, ValueError):
            rows.append({"response_code": 400, toggles().failure_key: "The item cannot be read."})
    return rows


def change_many(plural: str, singular: str, work: Callable[[Row], Row]) -> Response:
    """Handle each item of a bulk body separately (207)."""
    return answer({singular: one_by_one(bulk_items(body(), plural, singular) or [], work)}, 207)


def create_one_or_many(
    plural: str, singular: str, make: Callable[[Row], Row], made_row: Callable[[int], Row]
) -> Response:
    """Make each item of a bulk body (207), or the single object of the body: `made_row` of its id (201)."""
    given = body()
    items = bulk_items(given, plural, singular)
    if items is not None:
        return answer({singular: one_by_one(items, make)}, 207)
    return answer(made_row(int(make(given)["id"])), 201)


def told(what: str, *, updated: bool) -> Row:
    """What the row of a bulk answer says of an object that was there, where a toggle lets it say so."""
    return {"message": f"The {what} was updated."} if updated and toggles().tells_updates else {}


def done() -> Response:
    """What changing or removing one thing answers."""
    return Response(status=204)


def listing(key: str, rows: Sequence[Value], row: Callable[[Value], Row], *, drop_empty: bool = False) -> Row:
    """A page of a list with total and links; `limit` is 20 by default and 200 at most."""
    start = _query_number("start", 0)
    limit = min(max(1, _query_number("limit", PAGE)), LARGEST_PAGE)
    fault = fault_now()
    first = max(0, start - limit) if fault == "repeat-page" else start
    page = rows[first : first + limit]
    if fault == "drop-rows":
        page = page[:-1]
    total = len(rows) + (limit if fault == "other-total" else 0)
    answer: Row = {key: [row(each) for each in page], "total": total}
    if drop_empty and not rows:
        return {"total": 0}
    links = {"self": _link(start, limit)}
    if start + limit < len(rows):
        links["next"] = _link(start + limit, limit)
    answer["links"] = links
    return answer


def _query_number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdigit() else default


def _link(start: int, limit: int) -> str:
    query = {**request.args.to_dict(), "start": start, "limit": limit}
    return f"{request.host_url.rstrip('/')}{request.path}?{urlencode(query)}"


def csv_query(name: str) -> list[str]:
    """The values of a comma-separated query parameter."""
    return [each for each in request.args.get(name, "").split(",") if each]


def answer(value: Any, status: int = 200) -> Response:
    """JSON for those who ask for it, XML for the others."""
    if wants_json(request):
        response = Response(json.dumps(value), status, mimetype="application/json")
    else:
        response = Response(_xml(value), status, mimetype="text/xml")
    response.headers["X-Schoology"] = "API"
    return response


def wants_json(asked: Request) -> bool:
    """Whether JSON is what the Accept header likes best; without a header it is not."""
    return asked.accept_mimetypes.best_match(["text/xml", "application/json"]) == "application/json"


def _xml(value: Any) -> bytes:
    root = Element("result")
    _fill(root, value)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _fill(parent: Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            for each in inner if isinstance(inner, list) else [inner]:
                _fill(SubElement(parent, str(name)), each)
    elif isinstance(value, list):
        for each in value:
            _fill(SubElement(parent, "item"), each)
    elif value is not None:
        parent.text = str(value)
