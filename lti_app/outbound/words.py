"""How a request fails, whoever it was sent to: codes, their sentences, and what an error is made of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from string import Formatter
from typing import Any, TypedDict

from lti_app.school.reasons import Reason, because


class Said(TypedDict):
    """What an OutsideError is made of: its sentence, for logs and terminals, and the reason to store."""

    message: str
    why: Reason


class OutboundCode(StrEnum):
    """How the network, a server or the mail server fails. A stored code keeps its name."""

    PAGE_FOR_PEOPLE = "server_sent_page"
    SLOW_DOWN = "server_slow_down"
    SLOW_DOWN_NOW = "server_slow_down_now"
    STATUS = "server_status"
    CREDENTIALS = "server_refused_credentials"
    PERMISSION = "server_refused_permission"
    NOT_FOUND = "server_not_found"
    QUEUE_FULL = "requests_wait"
    PAGES_WAIT = "pages_wait"
    MANY_PAGES_WAIT = "many_pages_wait"
    LATE = "server_late"
    UNREACHED = "server_unreached"
    BROKE_OFF = "server_broke_off"
    TOO_LARGE = "answer_too_large"
    LINE_TOO_LONG = "answer_line_too_long"
    UNSENDABLE = "request_unsendable"
    ADDRESS_INVALID = "address_invalid"
    HOST_PRIVATE = "host_private"
    HOST_NOT_HTTPS = "host_not_https"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET = "certificate_not_yet"
    CERTIFICATE_OTHER_NAME = "certificate_other_name"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    NO_TLS = "server_without_tls"
    KEYS_NOT_THERE = "keys_not_there"
    KEYS_NOT_HTTPS = "keys_not_https"
    MAIL_NOT_SET_UP = "mail_not_set_up"
    MAIL_REFUSED_ALL = "mail_refused_all"
    MAIL_REFUSED = "mail_refused"


SENTENCES: Mapping[str, str] = {
    OutboundCode.PAGE_FOR_PEOPLE: "The server answered with a page instead of data.",
    OutboundCode.SLOW_DOWN: "The server asked the app to slow down (429).",
    OutboundCode.SLOW_DOWN_NOW: "The server asked the app to slow down, and this request can’t wait.",
    OutboundCode.STATUS: "The server answered {status}.{words:after}",
    OutboundCode.CREDENTIALS: "The server refused the credentials (401).{words:after}",
    OutboundCode.PERMISSION: "The server says that permission is missing (403).{words:after}",
    OutboundCode.NOT_FOUND: "The server didn’t find it (404).{words:after}",
    OutboundCode.QUEUE_FULL: "Many requests are waiting for their turn right now.",
    OutboundCode.PAGES_WAIT: "Other pages of your district are waiting for answers right now. Try again when "
    "they’re done.",
    OutboundCode.MANY_PAGES_WAIT: "Many pages are waiting for answers from other systems right now. Try "
    "again in a minute.",
    OutboundCode.LATE: "The server didn’t answer in time.",
    OutboundCode.UNREACHED: "The server can’t be reached.",
    OutboundCode.BROKE_OFF: "The server broke off in the middle of an answer.",
    OutboundCode.TOO_LARGE: "The server’s answer is too large.",
    OutboundCode.LINE_TOO_LONG: "A line of the server’s answer is too long.",
    OutboundCode.UNSENDABLE: "The request can’t be sent because a token or header has characters that aren’t "
    "allowed in it.",
    OutboundCode.ADDRESS_INVALID: "The address isn’t valid.",
    OutboundCode.HOST_PRIVATE: "The host {host} is on a private or local network address. Enter the public "
    "address of the SIS, or ask the people who host this app to allow it.",
    OutboundCode.HOST_NOT_HTTPS: "The address of {host} must begin with https://. Over plain http, passwords "
    "and student data could be read on the way. Enter an https address, or ask the people who host this app "
    "to allow it.",
    OutboundCode.CERTIFICATE_EXPIRED: "The certificate of {host} has expired. The people who run that server "
    "must renew it.",
    OutboundCode.CERTIFICATE_NOT_YET: "The certificate of {host} isn’t valid yet because the clock of that "
    "server or this one is wrong. Ask the people who run that server to check it.",
    OutboundCode.CERTIFICATE_OTHER_NAME: "The certificate of {host} is for another name. Check the address. "
    "If it’s right, the people who run that server must correct the certificate.",
    OutboundCode.CERTIFICATE_UNTRUSTED: "The certificate of {host} isn’t trusted. The people who run that "
    "server must install a certificate from a public authority with its intermediate certificates.",
    OutboundCode.NO_TLS: "{host} doesn’t offer a secure connection that this app accepts. Check the address "
    "and port. If they’re right, the people who run that server must turn on TLS 1.2 or later.",
    OutboundCode.KEYS_NOT_THERE: "The key set isn’t at its address.",
    OutboundCode.KEYS_NOT_HTTPS: "A key set must be at an address that begins with https://.",
    OutboundCode.MAIL_NOT_SET_UP: "Email isn’t set up. To turn it on, contact the people who host this app "
    "(setting LTI_APP_SMTP_URL).",
    OutboundCode.MAIL_REFUSED_ALL: "The mail server refused every address.",
    OutboundCode.MAIL_REFUSED: "The mail server didn’t accept the message ({kind}).",
}


def said(sentences: Mapping[str, str], code: StrEnum, **values: Any) -> Said:
    """The sentence of a code filled with its values, and the reason.

    An error among the values is told by its own sentence, and kept as its reason.
    """
    reasons = {name: getattr(value, "reason", value) for name, value in values.items()}
    return Said(message=_Plain().vformat(sentences[code], (), values), why=because(code, **reasons))


def told(code: OutboundCode, **values: Any) -> Said:
    """What an error of the network is made of."""
    return said(SENTENCES, code, **values)


def after(words: str) -> str:
    """Someone else's words, to be put after a sentence: a blank and the words, or nothing."""
    return f" {words}" if words else ""


def quoted(words: str) -> str:
    """The same, marked as the words of the other side."""
    return f" It says: {words.rstrip('.')}." if words else ""


class _Plain(Formatter):
    """Fills a sentence where no district's time zone or names are at hand."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "after":
            return after(value)
        if format_spec == "quoted":
            return quoted(value)
        return str(value.message if format_spec == "reason" else value)
