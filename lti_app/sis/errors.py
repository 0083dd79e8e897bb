"""What an SIS can refuse, in one language whatever the vendor.

::

    SisError                what to do stands behind each
    ├── SisConfigError      an address or a setting is wrong: a person must fix the settings (give up)
    │   └── SisNotRecognized  what answers is not the product: a wrong address or a proxy's page (wait)
    ├── SisAuthError        the sign-in was refused; never retried in a loop (ask)
    ├── SisForbidden        signed in, but the interface is not licensed or switched on (ask)
    ├── SisVersionError     the product is too old (ask)
    ├── SisUnavailable      down, slow or throttling (wait)
    ├── JobExpired          the server forgot the read job: start that read again (wait)
    ├── IncompleteRead      fewer rows came than the server claimed (wait)
    └── SisRejected         one item was refused; carries a code for the teacher's page (give up)
"""

from __future__ import annotations

from enum import StrEnum

from lti_app.outbound.errors import OutsideError, ToDo
from lti_app.school.outside_codes import OutsideCode
from lti_app.school.reasons import NO_REASON, Reason, because

UNREADABLE = "UNREADABLE"
"""The code of a SisRejected for a record that the SIS has and no one can read."""


class Service(StrEnum):
    """What refuses. SIGN_IN is shared: without it neither of the other two answers."""

    SIGN_IN = "sign_in"
    ROSTER = "roster"
    GRADEBOOK = "gradebook"


class SisError(OutsideError):
    """Base: the message is fit for an administrator's page and names the remedy."""

    reason_code = OutsideCode.SIS_FAILED

    service: Service | None = None
    """Who refused. An adapter says SIGN_IN of its sign-in; lti_app.sis.services fills in GRADEBOOK."""


class SisConfigError(SisError):
    """An address or another setting is wrong."""

    outage_first = True

    reason_code = OutsideCode.SIS_SETTING_WRONG


class SisNotRecognized(SisConfigError):
    """What answered is not the product: a wrong address, or for a while another page in its place.

    A connection that worked before is tried again by itself.
    """

    reason_code = OutsideCode.SIS_NOT_RECOGNIZED

    to_do = ToDo.WAIT


class SisAuthError(SisError):
    """The sign-in was refused: a 401 of data, after a sign-in that worked, is SisForbidden."""

    reason_code = OutsideCode.SIS_SIGN_IN_REFUSED

    to_do = ToDo.ASK_ADMINISTRATOR


class SisForbidden(SisError):
    """Signed in, but not allowed to use the interface."""

    reason_code = OutsideCode.SIS_ACCESS_REFUSED

    to_do = ToDo.ASK_ADMINISTRATOR


class SisVersionError(SisError):
    """The product is older than its adapter needs."""

    reason_code = OutsideCode.SIS_TOO_OLD

    to_do = ToDo.ASK_ADMINISTRATOR


class SisUnavailable(SisError):
    """The SIS is down, slow or throttling."""

    reason_code = OutsideCode.SIS_UNAVAILABLE

    to_do = ToDo.WAIT

    def __init__(self, message: str, retry_after: float | None = None, *, why: Reason = NO_REASON) -> None:
        super().__init__(message, why=why)
        self.retry_after = retry_after


class JobExpired(SisError):
    """The server forgot the read job."""

    reason_code = OutsideCode.SIS_READ_EXPIRED

    to_do = ToDo.WAIT


class IncompleteRead(SisError):
    """Fewer rows came than the server claimed."""

    reason_code = OutsideCode.SIS_READ_INCOMPLETE

    to_do = ToDo.WAIT


class SisRejected(SisError):
    """One item was refused. `code` is a word of lti_app.grades.rules.refusals, such as CATEGORY_UNKNOWN."""

    reason_code = OutsideCode.SIS_REFUSED_RECORD

    def __init__(self, code: str, words: str = "", *, why: Reason = NO_REASON) -> None:
        """`words` are those of the SIS; empty where it said none."""
        super().__init__(words, why=why)
        self.code = code


def unproven(feed: str) -> IncompleteRead:
    """A list that came to an end, with nothing that proves that it is whole."""
    why = because(OutsideCode.SIS_LIST_UNPROVEN, feed=feed)
    return IncompleteRead(f"Nothing proves that the SIS sent all of its {feed}.", why=why)
