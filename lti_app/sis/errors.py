"""What a SIS can refuse, in one language whatever the vendor.

::

    SisError
    ├── SisConfigError      domain, site or address is wrong: a person must mend the settings
    │   └── SisNotRecognized  something answers that is not the product: a proxy's page, or a wrong address
    ├── SisAuthError        login name or password refused; never retried in a loop
    ├── SisForbidden        signed in, but the interface is not licensed or switched on
    ├── SisVersionError     the product is too old
    ├── SisUnavailable      down, slow or throttling: later (transient)
    ├── JobExpired          the server forgot the read job: start that read again (transient)
    ├── IncompleteRead      fewer rows came than the server claimed (transient)
    └── SisRejected         one item was refused; carries a code for the teacher's page
"""

from __future__ import annotations

UNREADABLE = "UNREADABLE"
"""The code of a SisRejected for a record that the SIS has and nobody can read."""


class SisError(Exception):
    """Base: the message is fit for an administrator's page and names the remedy."""

    transient = False


class SisConfigError(SisError):
    """Domain, site code or address is wrong."""


class SisNotRecognized(SisConfigError):
    """What answered is not the product: a wrong address, or for a while another page in its place."""


class SisAuthError(SisError):
    """Login name or password were refused."""


class SisForbidden(SisError):
    """Signed in, but not allowed to use the interface."""


class SisVersionError(SisError):
    """The product version is older than 3.0."""


class SisUnavailable(SisError):
    """The SIS is down, slow or throttling. `retry_after`: the seconds that it asked to be left alone."""

    transient = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class JobExpired(SisError):
    """The server forgot the read job."""

    transient = True


class IncompleteRead(SisError):
    """Fewer rows came than the server claimed."""

    transient = True


class SisRejected(SisError):
    """One item was refused. `code` is a word of docs/eschoolplus-wire.md, such as CATEGORY_UNKNOWN."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_outage(error: SisError) -> bool:
    """Whether it is an outage to a connection that worked before, so that it is tried again by itself."""
    return error.transient or isinstance(error, SisNotRecognized)


def retry_after(error: SisError) -> float | None:
    """The seconds that the SIS asked to be left alone, if it did."""
    return error.retry_after if isinstance(error, SisUnavailable) else None
