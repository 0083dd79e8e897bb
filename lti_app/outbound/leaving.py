"""Requests that leave only as long as somebody allows it, asked before each attempt of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter


class AskingAdapter(HTTPAdapter):
    """Asks, then sends through another adapter. What `may_leave` raises reaches the caller as it is."""

    def __init__(self, through: HTTPAdapter, may_leave: Callable[[], None]) -> None:
        super().__init__()
        self._through = through
        self._may_leave = may_leave

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """The answer that the other adapter gets."""
        self._may_leave()
        return self._through.send(request, *args, **kwargs)

    def close(self) -> None:
        """Close the connections of both."""
        self._through.close()
        super().close()
