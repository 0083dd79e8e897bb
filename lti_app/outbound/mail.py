"""Letters by SMTP. `smtp://user:password@host:587` upgrades to TLS where the server offers it,
`smtps://` speaks TLS from the start; `?from=address` names the sender."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

TIME_OUT = 20.0
PORTS = {"smtp": 25, "smtps": 465}


class MailError(Exception):
    """A letter was not taken; the message says why, without naming a recipient."""


class Mailer:
    """Sends letters through one server. `sender` is used when the URL names none."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self.configured = bool(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or PORTS.get(parts.scheme, 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = parse_qs(parts.query).get("from", [sender])[0]

    def send(self, to: Sequence[str], subject: str, text: str) -> None:
        """Send one letter to all of them. Raises MailError; nobody got it then."""
        if not self.configured:
            raise MailError("The people who host this app have not set up mail (LTI_APP_SMTP_URL).")
        letter = EmailMessage()
        letter["Subject"], letter["From"], letter["To"] = subject, self._sender, ", ".join(to)
        letter["Date"], letter["Message-ID"] = (
            formatdate(),
            make_msgid(domain=self._sender.rpartition("@")[2]),
        )
        letter.set_content(text)
        try:
            with self._connect() as server:
                refused = server.send_message(letter)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"The mail server did not take the message ({type(error).__name__}).") from error
        if refused:
            raise MailError(f"The mail server refused {len(refused)} of {len(to)} addresses.")

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
