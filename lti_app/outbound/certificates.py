"""Why a server could not prove who it is, in words for whoever must act."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from requests.exceptions import SSLError
from urllib3.util.ssl_match_hostname import CertificateError

EXPIRED, NOT_YET, OTHER_NAME, OTHER_ADDRESS = 10, 9, 62, 64
"""Codes of OpenSSL: X509_V_ERR_CERT_HAS_EXPIRED and so on."""
BROKE_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
OF_ANOTHER = (
    "The certificate of {} is for another name. Check the address. If it’s right, the people who run that "
    "server must correct the certificate."
)
WORDS = {
    EXPIRED: "The certificate of {} has expired. The people who run that server must renew it.",
    NOT_YET: (
        "The certificate of {} isn’t valid yet because the clock of that server or this one is wrong. "
        "Ask the people who run that server to check it."
    ),
    OTHER_NAME: OF_ANOTHER,
    OTHER_ADDRESS: OF_ANOTHER,
}
UNTRUSTED = (
    "The certificate of {} isn’t trusted. The people who run that server must install a certificate from a "
    "public authority with its intermediate certificates."
)
NO_TLS = (
    "{} doesn’t offer a secure connection that this app accepts. Check the address and port. If they’re "
    "right, the people who run that server must turn on TLS 1.2 or later."
)


def why_insecure(error: SSLError, url: str) -> str:
    """What is wrong with the certificate or the handshake; empty when the connection only broke off."""
    host = urlsplit(url).hostname or url
    every = causes(error)
    if any(isinstance(each, BROKE_OFF) for each in every):
        return ""
    if any(isinstance(each, CertificateError) for each in every):
        return OF_ANOTHER.format(host)
    refused = [each for each in every if isinstance(each, ssl.SSLCertVerificationError)]
    words = WORDS.get(refused[0].verify_code, UNTRUSTED) if refused else NO_TLS
    return words.format(host)


def causes(error: BaseException) -> list[BaseException]:
    """The error and what it was made of, whether named as its reason, its first word or its cause."""
    found: list[BaseException] = []
    open_ones: list[BaseException | None] = [error]
    while open_ones:
        each = open_ones.pop(0)
        if each is None or each in found:
            continue
        found.append(each)
        within = [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
        open_ones += [more for more in within if isinstance(more, BaseException)]
    return found
