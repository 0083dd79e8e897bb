"""How the outside fails, in one language.

::

    OutsideError
    ├── OutboundError          a request over HTTP, whoever it was sent to
    │   ├── Transient          may work later: time-out, connection, 429, 5xx, a load balancer's page
    │   │   └── Throttled      429: refused before it was handled
    │   └── Permanent          won't work without a change
    │       ├── Refused        401 or 403: the credentials or the permission
    │       ├── NotFound       404
    │       ├── Insecure       no connection proven to be the server's own: its certificate, or no TLS
    │       └── Unexpected     an answer that cannot be understood
    ├── SisError               what an SIS refuses (lti_app.sis.errors)
    ├── SchoologyDown          no answer again and again (lti_app.sync.apply.send)
    └── MailError              an email that was refused (lti_app.outbound.mail)
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from lti_app.school.outside_codes import OutsideCode
from lti_app.school.reasons import NO_REASON, Reason, because


class ToDo(Enum):
    """What to do about a failure of the outside."""

    WAIT = "wait, and try the same again"
    ASK_ADMINISTRATOR = "ask the administrator: credentials, permission, license or version"
    GIVE_UP = "give up on this line, or this email, or where it is about a whole list on this job"


class OutsideError(Exception):
    """Someone outside of the app does not do what was asked; the message says why."""

    to_do = ToDo.GIVE_UP
    retry_after: float | None = None
    """With WAIT: the number of seconds that the server asked for, if it did."""

    reason_code: OutsideCode = OutsideCode.OUTSIDE_FAILED

    outage_first = False
    """Whether a connection that worked before may fail so for a while: maintenance, a proxy, a certificate
    that is being replaced. A job waits as often as for an outage before it calls the settings wrong."""

    def __init__(self, message: str, *, why: Reason = NO_REASON) -> None:
        super().__init__(message)
        self.message = message
        self._why = why

    @property
    def reason(self) -> Reason:
        """Why, to be stored: a code of its own, or that of the class with the message."""
        return self._why or because(self.reason_code, words=self.message)


class OutboundError(OutsideError):
    """Base of all over HTTP: carries method, URL without query, status and the first words of the answer."""

    body: Any = None
    """The JSON of the answer where there was one; the caller's vendor may have put a code in it."""
    sent_at: str = ""
    """The Date header of the answer where there was one."""

    def __init__(
        self,
        message: str,
        *,
        why: Reason = NO_REASON,
        method: str = "",
        url: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(message, why=why)
        self.method = method
        self.url = url.partition("?")[0]
        self.status = status


class Transient(OutboundError):
    """May work later. `maybe_done` is True when the request may have reached the server."""

    reason_code = OutsideCode.NO_ANSWER

    to_do = ToDo.WAIT

    def __init__(
        self,
        message: str,
        *,
        why: Reason = NO_REASON,
        method: str = "",
        url: str = "",
        status: int | None = None,
        maybe_done: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, why=why, method=method, url=url, status=status)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class Throttled(Transient):
    """The server asks to slow down."""

    reason_code = OutsideCode.ASKED_TO_SLOW_DOWN

    def __init__(
        self,
        message: str,
        *,
        why: Reason = NO_REASON,
        method: str = "",
        url: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, why=why, method=method, url=url, status=429, retry_after=retry_after)


class Permanent(OutboundError):
    """Won't work without a change."""

    outage_first = True

    reason_code = OutsideCode.WONT_WORK


class Refused(Permanent):
    """401 or 403: the credentials or the permission."""

    outage_first = False

    reason_code = OutsideCode.ACCESS_REFUSED

    to_do = ToDo.ASK_ADMINISTRATOR


class NotFound(Permanent):
    """404: the object is not there."""

    reason_code = OutsideCode.NOT_THERE


class Insecure(Permanent):
    """The server cannot prove who it is, or does not speak TLS here; the message says who must act."""

    reason_code = OutsideCode.NOT_SECURE


class Unexpected(Permanent):
    """An answer that cannot be understood."""

    reason_code = OutsideCode.ANSWER_NOT_UNDERSTOOD
