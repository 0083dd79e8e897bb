"""Why a server could not prove who it is."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from requests.exceptions import SSLError
from urllib3.util.ssl_match_hostname import CertificateError

from lti_app.outbound.words import OutboundCode, Said, told

EXPIRED, NOT_YET, OTHER_NAME, OTHER_ADDRESS = 10, 9, 62, 64
"""Codes of OpenSSL: X509_V_ERR_CERT_HAS_EXPIRED and so on."""
BROKE_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
WORDS = {
    EXPIRED: OutboundCode.CERTIFICATE_EXPIRED,
    NOT_YET: OutboundCode.CERTIFICATE_NOT_YET,
    OTHER_NAME: OutboundCode.CERTIFICATE_OTHER_NAME,
    OTHER_ADDRESS: OutboundCode.CERTIFICATE_OTHER_NAME,
}


def why_insecure(error: SSLError, url: str) -> Said | None:
    """What is wrong with the certificate or the handshake; None when the connection only broke off."""
    host = urlsplit(url).hostname or url
    every = causes(error)
    if any(isinstance(each, BROKE_OFF) for each in every):
        return None
    if any(isinstance(each, CertificateError) for each in every):
        return told(OutboundCode.CERTIFICATE_OTHER_NAME, host=host)
    refused = [each for each in every if isinstance(each, ssl.SSLCertVerificationError)]
    untrusted = OutboundCode.CERTIFICATE_UNTRUSTED
    code = WORDS.get(refused[0].verify_code, untrusted) if refused else OutboundCode.NO_TLS
    return told(code, host=host)


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
