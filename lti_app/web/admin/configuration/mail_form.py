"""Who is told by mail when something is wrong: the form and its two buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import current_app, request
from wtforms import BooleanField, Form, TextAreaField, ValidationError

from lti_app import formats
from lti_app.extensions import db
from lti_app.models import Installation, SyncOptions
from lti_app.outbound.mail import MailError, is_address
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.web.access import Person
from lti_app.web.shared.tab import Message

ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
"""With a dot behind the @, as no one outside can write to a bare host name."""
MOST = 20
NOT_SENT = "The test email wasn’t sent."


class MailForm(Form):
    """Recipients, one a line, and whether they want a summary every morning."""

    mail_to = TextAreaField(
        "Addresses",
        description=(
            "One address per line. They get one email when a problem starts and one when it is resolved."
        ),
        render_kw={"rows": 3, "autocomplete": "off", "spellcheck": "false"},
    )
    daily_summary = BooleanField("Send a daily summary every morning")

    @classmethod
    def of(cls, installation_id: int) -> MailForm:
        """The form as the options stand."""
        row = db.session.get(SyncOptions, installation_id)
        if row is None:
            return cls()
        return cls(data={"mail_to": "\n".join(row.mail_to), "daily_summary": row.daily_summary})

    @classmethod
    def posted(cls) -> MailForm:
        """The form as it was sent."""
        return cls(request.form)

    def addresses(self) -> list[str]:
        """What was typed, once each."""
        return list(dict.fromkeys((self.mail_to.data or "").replace(",", " ").replace(";", " ").split()))

    def validate_mail_to(self, _field: TextAreaField) -> None:
        """Addresses, and not too many."""
        wrong = [each for each in self.addresses() if not (ADDRESS.fullmatch(each) and is_address(each))]
        if wrong:
            raise ValidationError(f"This isn’t an email address: {wrong[0][:80]}")
        if len(self.addresses()) > MOST:
            raise ValidationError(f"You can enter up to {MOST} addresses. For more, use a distribution list.")

    def save(self, person: Person) -> None:
        """Store what was chosen, with its audit. Commits."""
        mine = person.installation_id
        row = db.session.get(SyncOptions, mine)
        if row is None:
            row = SyncOptions(installation_id=mine)
            db.session.add(row)
            db.session.flush()
        wanted, summary = self.addresses(), bool(self.daily_summary.data)
        for what, old, new in (
            ("Email recipients", _counted(row.mail_to), _recipients(row.mail_to, wanted)),
            ("Daily summary email", _on(row.daily_summary), _on(summary)),
        ):
            audit.record(District(db.session, mine), person, what, old=old, new=new)
        row.mail_to, row.daily_summary = wanted, summary
        db.session.commit()

    def try_out(self, installation_id: int) -> Message:
        """Send a test to the stored addresses, and say who will get it."""
        row = db.session.get(SyncOptions, installation_id)
        if row is None or not row.mail_to:
            return ("danger", f"{NOT_SENT} Enter an address and save it first.")
        name, recipients = db.session.get_one(Installation, installation_id).name, list(row.mail_to)
        db.session.rollback()
        try:
            refused = current_app.extensions["wiring"].mailer.send(
                recipients,
                f"Test: SIS integration of {name}",
                "This is a test. Alerts about the sync between your SIS and Schoology will be sent to this "
                "address.\n",
            )
        except MailError as error:
            return ("danger", f"{NOT_SENT} {error}")
        if refused:
            return ("warning", f"The test email was sent, but the mail server refused {', '.join(refused)}.")
        return ("success", "The test email was sent. Check your inbox.")


def _counted(addresses: Sequence[str]) -> str:
    """The settings history holds no addresses of people."""
    return formats.counted(len(addresses), "address", "addresses") if addresses else "none"


def _recipients(before: Sequence[str], wanted: Sequence[str]) -> str:
    said = _counted(wanted)
    return f"{said}, changed" if said == _counted(before) and [*before] != [*wanted] else said


def _on(value: bool) -> str:
    return "on" if value else "off"
