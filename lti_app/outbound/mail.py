"""Emails by SMTP. `smtp://user:password@host:587` upgrades to TLS where the server offers it,
`smtps://` speaks TLS from the start; `?from=address` names the sender."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from lti_app.outbound.errors import OutsideError, ToDo
from lti_app.outbound.words import OutboundCode, told

TIME_OUT = 20.0
PORTS = {"smtp": 25, "smtps": 465}


class MailError(OutsideError):
    """An email was refused; the message says why, without naming a recipient."""


class MailDown(MailError):
    """The server doesn't answer or refuses the sign-in, so no other email can be sent now."""

    to_do = ToDo.WAIT


CLOSED = (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPHeloError)


def is_address(text: str) -> bool:
    """Whether text is a usable address: one plain mailbox that every mail server understands."""
    letter = EmailMessage()
    try:
        letter["To"] = text
        found = letter["To"].addresses
    except (ValueError, AttributeError, IndexError, HeaderParseError):
        return False
    return len(found) == 1 and found[0].addr_spec == text and text.isascii() and not letter["To"].defects


class Post(Protocol):
    """Carries emails."""

    configured: bool

    def send(self, to: Sequence[str], subject: str, text: str) -> list[str]:
        """Returns the addresses that were refused. Raises MailError if no one got it."""


class Mailer:
    """Sends emails through one server. `sender` is used when the URL names none."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self.configured = bool(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or PORTS.get(parts.scheme, 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = parse_qs(parts.query).get("from", [sender])[0]

    def send(self, to: Sequence[str], subject: str, text: str) -> list[str]:
        """Send one email to all of them; returns the addresses that were refused while others got it.

        Raises MailError if no one got it.
        """
        if not self.configured:
            raise MailError(**told(OutboundCode.MAIL_NOT_SET_UP))
        usable = [each for each in to if is_address(each)]
        try:
            letter = self._letter(usable, subject, text)
            server = self._connect()
            try:
                refused = server.send_message(letter)
            finally:
                # The email is on its way once the server accepted it, however the connection ends.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            raise MailError(**told(OutboundCode.MAIL_REFUSED_ALL)) from error
        except Exception as error:
            words = told(OutboundCode.MAIL_REFUSED, kind=type(error).__name__)
            raise (MailDown if _closed(error) else MailError)(**words) from error
        return [each for each in to if each not in usable or each in refused]

    def _letter(self, to: Sequence[str], subject: str, text: str) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"], letter["From"], letter["To"] = subject, self._sender, ", ".join(to)
        letter["Date"], letter["Message-ID"] = (
            formatdate(),
            make_msgid(domain=self._sender.rpartition("@")[2]),
        )
        letter.set_content(text)
        return letter

    def _connect(self) -> smtplib.SMTP:
        safe = ssl.create_default_context()
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=TIME_OUT, context=safe)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIME_OUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=safe)
        if self._user:
            server.login(self._user, self._password)
        return server


def _closed(error: Exception) -> bool:
    """Whether the server is the problem, not this email; a wrong password or bad certificate counts."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, (*CLOSED, smtplib.SMTPAuthenticationError))
    return isinstance(error, OSError | UnicodeError)
