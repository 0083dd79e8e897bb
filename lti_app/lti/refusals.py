"""A launch or login that is refused, with a reason for the log and words for the page."""

from __future__ import annotations


class LaunchRefused(Exception):
    """`reason` is a word for the log and holds no personal data; `text` is fit for the page."""

    def __init__(
        self, reason: str, text: str, status: int = 401, *, login: dict[str, str] | None = None
    ) -> None:
        super().__init__(reason)
        self.login = login or {}
        """The login request before it, to be repeated."""
        self.reason = reason
        self.text = text
        self.status = status
