"""Both sign-ins of the sandbox's OneRoster face, tried with a library that others wrote."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.sis.oneroster.face import Face
from tests.support.apps import sis_over
from tests.support.world import DAY

ADDRESS = "http://localhost/ims/oneroster/v1p1/users?limit=2&filter=familyName%3D%27O%27%27X%20y%27"
TOKEN = "/ims/oneroster/token"  # noqa: S105 - an address
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def http() -> Iterator[FlaskClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda: str(int(DAY.timestamp())))
        yield sis_over(
            make_district(20, 1, as_of=DAY.date()), oneroster=Face(), clock=lambda: DAY
        ).test_client()


@pytest.mark.parametrize("method", [SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256])
def test_a_signed_request_is_let_in_once(http: FlaskClient, method: str) -> None:
    _, headers, _ = Client("sandbox", "sandbox-secret", signature_method=method).sign(ADDRESS)

    assert http.get(ADDRESS, headers=headers).status_code == 200
    again = http.get(ADDRESS, headers=headers)
    assert again.status_code == 401 and "nonce" in again.get_json()["imsx_description"]


@pytest.mark.parametrize(
    ("key", "secret", "address"),
    [
        ("sandbox", "wrong", ADDRESS),
        ("other", "sandbox-secret", ADDRESS),
        ("sandbox", "sandbox-secret", ADDRESS.replace("limit=2", "limit=3")),
    ],
    ids=["secret", "key", "address"],
)
def test_a_wrong_signature_is_refused(http: FlaskClient, key: str, secret: str, address: str) -> None:
    _, headers, _ = Client(key, secret).sign(address)

    assert http.get(ADDRESS, headers=headers).status_code == 401


def test_oauth_1_is_for_version_1_1_only(http: FlaskClient) -> None:
    address = "http://localhost/ims/oneroster/rostering/v1p2/users"
    _, headers, _ = Client("sandbox", "sandbox-secret").sign(address)

    assert http.get(address, headers=headers).status_code == 401


def test_a_token_is_given_for_a_header_or_a_body(http: FlaskClient) -> None:
    basic = {"Authorization": "Basic " + b64encode(b"sandbox:sandbox%2Dsecret").decode()}
    body = {"client_id": "sandbox", "client_secret": "sandbox-secret"}

    assert http.post(TOKEN, data=GRANT, headers=basic).get_json()["expires_in"] == 3600
    assert http.post(TOKEN, data=GRANT | body).status_code == 200
    refused = http.post(TOKEN, data=GRANT | body | {"client_secret": "no"})
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
    unknown = http.post(TOKEN, data=GRANT | body | {"scope": "everything"})
    assert (unknown.status_code, unknown.get_json()["error"]) == (400, "invalid_scope")
