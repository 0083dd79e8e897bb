"""One request to a OneRoster server: where it goes, how it is signed, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from requests import Response
from requests.auth import AuthBase

from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import OutboundError
from lti_app.outbound.transport import Transport
from lti_app.sis.errors import Service, SisConfigError, SisError, SisNotRecognized, SisUnavailable
from lti_app.sis.oneroster import errors
from lti_app.sis.oneroster.addresses import Base, bases, encoded
from lti_app.sis.oneroster.auth import Door, Fixed, query_string
from lti_app.sis.oneroster.envelope import rows_of
from lti_app.sis.oneroster.profiles import PROFILES, Profile
from lti_app.sis.oneroster.words import OneRosterCode, told
from lti_app.sis.pages import RawRow, UnreadablePage

ORGS = ("orgs", "schools", "org")


@dataclass(frozen=True)
class Answer:
    """A list as it came: its raw rows, None for null, and the total that the server told."""

    rows: Sequence[RawRow] | None
    total: int | None
    date: str = ""


@dataclass(frozen=True)
class Asked:
    """Which service is asked, and where."""

    service: Service
    base: Base

    @property
    def root(self) -> str:
        """Where the service has its lists."""
        return self.base.gradebook if self.service is Service.GRADEBOOK else self.base.roster


@dataclass
class Client:
    """A signed-in server; not thread-safe, since the service is read by one worker.

    `habits` is what was learned of the server in this session: parameter or route → whether it works.
    """

    transport: Transport
    door: Door
    settings: Mapping[str, str]
    now: Callable[[], float]
    extra: Mapping[str, str] = field(default_factory=dict)
    habits: dict[tuple[str, str], Any] = field(default_factory=dict)
    repeated: dict[str, str] = field(default_factory=dict)
    """List → the order of its rows, where a row came on two pages (lti_app.sis.oneroster.paging)."""
    known: bool = False
    """A sound answer came from this server."""
    _base: Base | None = None

    @property
    def profile(self) -> Profile:
        """The vendor."""
        return PROFILES.get(self.settings.get("profile", ""), PROFILES["other"])

    @property
    def base(self) -> Base:
        """Where the server has its services; found out once if the address doesn't say. Raises SisError."""
        if self._base is None:
            self._raise_if_incomplete()
            version = self.settings.get("version") or "auto"
            every = bases(self.settings.get("base_url", ""), self.settings.get("gradebook_url", ""), version)
            self._base = every[0] if len(every) == 1 else self._found(every)
        return self._base

    def _raise_if_incomplete(self) -> None:
        how = self.settings.get("sign_in") or "oauth2"
        if how == "oauth2" and not self.settings.get("token_url", "").strip():
            raise SisConfigError(**told(OneRosterCode.ENTER_TOKEN_ADDRESS))
        if how != "bearer" and not self.settings.get("client_id", "").strip():
            raise SisConfigError(**told(OneRosterCode.ENTER_CLIENT_ID))

    def _found(self, every: Sequence[Base]) -> Base:
        """The first base that answers like OneRoster; a refusal there is an answer, too."""
        last: SisError = SisNotRecognized(**told(OneRosterCode.NOT_ONEROSTER))
        for each in every:
            try:
                self._list(Asked(Service.ROSTER, each), "orgs", ORGS, {"limit": 1})
            except (errors.Missing, errors.NotUnderstood, SisNotRecognized) as error:
                if isinstance(error, errors.NotUnderstood):
                    return each
                last = error if isinstance(error, SisNotRecognized) else last
            else:
                return each
        raise last

    def list(
        self, service: Service, path: str, names: Sequence[str], query: Mapping[str, str | int]
    ) -> Answer:
        """One page of a list. Raises SisError, Missing and NotUnderstood among them."""
        return self._list(Asked(service, self.base), path, names, query)

    def _list(self, asked: Asked, path: str, names: Sequence[str], query: Mapping[str, str | int]) -> Answer:
        url = f"{asked.root}/{path}"
        response = self._send("GET", f"{url}?{query_string(query)}" if query else url, asked)
        if response.status_code == 204:
            return Answer(None, None, response.headers.get("Date", ""))
        try:
            rows = rows_of(_utf8(response), names)
        except UnreadablePage as error:
            raise self._no_answer(str(error)) from error
        self.known = True
        return Answer(rows, _total(response), response.headers.get("Date", ""))

    def one(self, service: Service, path: str, sourced_id: str, names: Sequence[str]) -> RawRow:
        """One object by its id. Raises Missing."""
        found = self.list(service, f"{path}/{encoded(sourced_id)}", names, {})
        if not found.rows:
            raise errors.Missing()
        return found.rows[0]

    def write(self, method: str, path: str, sourced_id: str, body: Any = None) -> Any:
        """Put or delete one object of the gradebook; the JSON of the answer, None where there is none.

        It may be repeated. Raises SisRejected and Missing.
        """
        url = f"{self.base.gradebook}/{path}/{encoded(sourced_id)}"
        response = self._send(method, url, Asked(Service.GRADEBOOK, self.base), body)
        try:
            return json_of(response) if response.content.strip() else None
        except ValueError:
            return None

    def _send(self, method: str, url: str, asked: Asked, body: Any = None) -> Response:
        """Signed; once more with a new token where the old one had run out."""
        for again in (True, False):
            auth = self.door.auth(asked.service, asked.base.version)
            try:
                response = self._once(method, url, auth, body)
            except OutboundError as error:
                told = self._told(error, asked.service, reading=method == "GET")
                if not isinstance(told, errors.TokenRefused):
                    raise told from error
                if again and self.door.renew(asked.service):
                    continue
                told.clock = error.sent_at
                raise self._refused(told, asked.service) from error
            self.door.worked(asked.service)
            if response.status_code >= 300:
                raise self._redirected()
            return response
        raise AssertionError("the second attempt returns or raises")

    def _told(self, error: OutboundError, service: Service, *, reading: bool) -> SisError:
        if reading:
            return errors.of_read(error, service, known=self.known)
        return errors.of_write(error, service)

    def _once(self, method: str, url: str, auth: AuthBase, body: Any) -> Response:
        headers = {"Accept": "application/json", **self.extra}
        return self.transport.request(method, url, json=body, headers=headers, auth=auth, idempotent=True)

    def _refused(self, error: errors.TokenRefused, service: Service) -> SisError:
        """A 401 after a sign-in that worked is a matter of permission, else of the sign-in itself."""
        if isinstance(self.door, Fixed) and not self.door.let_in:
            return errors.not_let_in(error, self.now())
        return errors.not_granted(service, error.words)

    def _no_answer(self, words: str) -> SisError:
        if self.known:
            return SisUnavailable(**told(OneRosterCode.NOT_DATA, words=words))
        return SisNotRecognized(**told(OneRosterCode.PAGE_UNREADABLE, words=words))

    def _redirected(self) -> SisError:
        return SisNotRecognized(**told(OneRosterCode.REDIRECTS))


def _utf8(response: Response) -> bytes:
    """The body, in UTF-8 where the server says that it is in something else."""
    kind = response.headers.get("Content-Type", "").lower()
    named = kind.partition("charset=")[2].strip(' ";')
    if not named or named in ("utf-8", "utf8"):
        return response.content
    try:
        return response.content.decode(named).encode()
    except (LookupError, UnicodeDecodeError):
        return response.content


def _total(response: Response) -> int | None:
    text = response.headers.get("X-Total-Count", "").strip()
    return int(text[:18]) if text.isascii() and text.isdigit() else None
