"""Requests that leave only as long as someone allows it, asked before each attempt of each, and that are
known to be under way until their whole answer is here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from lti_app.outbound import deadlines

UnderWay = Callable[[], AbstractContextManager[Callable[[], bool]]]
"""Entered before a request leaves and left when its call is over; gives the question whether to give it
up."""


class AskingAdapter(HTTPAdapter):
    """Asks, then sends through another adapter. What entering `under_way` raises reaches the caller as it
    is."""

    def __init__(self, through: HTTPAdapter, under_way: UnderWay) -> None:
        super().__init__()
        self._through = through
        self._under_way = under_way

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """The answer that the other adapter gets."""
        deadlines.accompany(self._under_way())
        return self._through.send(request, *args, **kwargs)

    def close(self) -> None:
        """Close the connections of both."""
        self._through.close()
        super().close()
