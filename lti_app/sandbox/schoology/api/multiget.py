"""multiget of the sandbox's REST API: up to 50 GETs in one request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from lti_app.sandbox.faults import part_fails
from lti_app.sandbox.schoology.http import BULK, Refused, answer, body, caller

blueprint = Blueprint("v1_multi", __name__, url_prefix="/v1")
ALLOWED = re.compile(
    r"/v1/(users/(ext/)?[^/]+(/sections)?"
    r"|courses/\d+(/sections)?"
    r"|sections/(ext/[^/]+|\d+(/(assignments|enrollments|grade_items|grades))?))"
)
Row = dict[str, Any]


@blueprint.post("/multiget")
def multiget() -> Response:
    """The answers of several GETs, in order."""
    paths = body().get("request") or []
    if not isinstance(paths, list) or len(paths) > BULK:
        raise Refused(400)
    return answer({"response": [_one(str(path)) for path in paths]}, 207)


def _one(path: str) -> Row:
    if not ALLOWED.fullmatch(path.partition("?")[0]):
        return {"location": path, "response_code": 403, "body": ""}
    if part_fails(path.partition("?")[0]):
        return {"location": path, "response_code": 500, "body": ""}
    who, headers = caller(), {"Accept": "application/json"}
    with current_app.test_request_context(path, base_url=request.host_url, headers=headers) as inner:
        g.caller = who
        try:
            response = _view(inner)()
        except Refused as error:
            return {"location": path, "response_code": error.status, "body": error.text}
        except HTTPException as error:
            return {"location": path, "response_code": error.code, "body": ""}
        status = response.status_code
        text = response.get_data(as_text=True)
        return {
            "location": response.headers.get("Location", path),
            "response_code": status,
            "body": json.loads(text) if status == 200 else "",
        }


def _view(inner: Any) -> Callable[[], Response]:
    """The view that answers a path, bound to its arguments."""
    if inner.request.routing_exception is not None:
        raise inner.request.routing_exception
    rule = inner.request.url_rule
    view: Any = current_app.view_functions[rule.endpoint]
    return lambda: current_app.make_response(view(**inner.request.view_args))
