"""One letter to the people who look after a district, marked as sent before it leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from lti_app.outbound.mail import MailDown, MailError

GREETING = (
    "\nOpen the app in Schoology to see more. Who gets these messages is set on its Configuration tab.\n"
)
log = logging.getLogger(__name__)


class Post(Protocol):
    """Who carries letters."""

    configured: bool

    def send(self, to: Sequence[str], subject: str, text: str) -> list[str]:
        """Answers with the addresses that were refused. Raises MailError when nobody got it."""


def send(  # noqa: PLR0913 - to whom, what, and what to do when it fails
    post: Post,
    installation_id: int,
    recipients: Sequence[str],
    *,
    subject: str,
    text: str,
    put_back: Callable[[], object],
) -> bool:
    """Send what its caller has marked as sent, and committed: no transaction is open meanwhile, and nobody
    else sends the same. `put_back` undoes the mark when nobody got it.

    False when this letter was not taken; raises MailDown when no letter would be.
    """
    try:
        refused = post.send(recipients, subject, text)
    except MailError as error:
        put_back()
        log.warning("installation %s: a letter waits for the next try: %s", installation_id, error)
        if isinstance(error, MailDown):
            raise
        return False
    if refused:
        log.warning(
            "installation %s: %d of %d addresses were refused", installation_id, len(refused), len(recipients)
        )
    return True
