"""What an administrator gets wrong, and what a server refuses: clear words, a remedy, and nothing changed."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

import pytest
from oauthlib.oauth1.rfc5849 import signature as oauth1
from requests import PreparedRequest, Response

from lti_app.runs.words import sentence
from lti_app.sis.errors import (
    Service,
    SisAuthError,
    SisConfigError,
    SisError,
    SisForbidden,
    SisNotRecognized,
    SisUnavailable,
)
from lti_app.sis.port import Feed
from tests.support.oneroster.rows_server import (
    HOST,
    ROOT,
    TOKEN,
    RowServer,
    a_class,
    adapter_over,
    answer,
    page_for_people,
    user,
)


def check(server: RowServer, **settings: str) -> Any:
    return adapter_over(server, **settings).check()


def everywhere(response: Response) -> Any:
    return lambda *_: response


def at_token(change: Any) -> Any:
    """A hook for the token address."""
    return lambda request, path, _: change(request) if path.endswith("/token") else None


SETTINGS: list[tuple[str, dict[str, str], type[SisError], str]] = [
    ("http", {"base_url": "http://sis.example/ims/oneroster/v1p1"}, SisConfigError, "begins with https://"),
    (
        "http token",
        {"token_url": "http://sis.example/token"},
        SisConfigError,
        "token address begins with http",
    ),
    ("no token address", {"token_url": ""}, SisConfigError, "Enter the token address"),
    ("no client", {"client_id": " "}, SisConfigError, "Enter the client ID"),
    ("wrong base", {"base_url": f"{HOST}/elsewhere"}, SisNotRecognized, "Check the base address"),
    ("wrong base 1.1", {"base_url": f"{HOST}/x/v1p1"}, SisError, "heck the base address"),
    ("wrong token address", {"token_url": f"{HOST}/nowhere"}, SisNotRecognized, "Check the token address"),
]


@pytest.mark.parametrize(("name", "settings", "error", "words"), SETTINGS, ids=[each[0] for each in SETTINGS])
def test_a_wrong_setting_is_told_with_its_remedy(
    name: str, settings: dict[str, str], error: type[SisError], words: str
) -> None:
    assert name
    server = RowServer()
    server.hooks.append(
        lambda request, *_: (
            answer({"message": "not found"}, 404)
            if "/elsewhere" in str(request.url) or "/x/" in str(request.url) or "/nowhere" in str(request.url)
            else None
        )
    )

    with pytest.raises(error, match=words):
        check(server, **settings)


@pytest.mark.parametrize("where", ["base", "token"])
def test_a_page_for_people_in_place_of_data_is_a_wrong_address(where: str) -> None:
    server = RowServer()
    server.hooks.append(
        lambda _, path, __: page_for_people() if path.endswith("/token") == (where == "token") else None
    )

    with pytest.raises(SisNotRecognized, match=f"Check the {where} address"):
        check(server)


def test_a_server_that_redirects_says_so_and_gets_nothing() -> None:
    server = RowServer()
    server.hooks.append(
        lambda _, path, __: answer(None, 302, Location="https://else.example/") if path == "orgs" else None
    )

    with pytest.raises(SisNotRecognized, match="redirects"):
        check(server)


def test_a_wrong_key_is_asked_for_by_header_and_by_body_and_never_again() -> None:
    server = RowServer()
    refused = answer({"error": "invalid_client", "error_description": "Unknown client"}, 401)
    server.hooks.append(at_token(lambda _: refused))

    with pytest.raises(SisAuthError, match="Unknown client.*Correct them") as error:
        check(server)

    assert error.value.service is Service.SIGN_IN
    assert server.asked == ["POST /token"] * 2


def test_a_token_address_may_want_the_key_in_the_body() -> None:
    server = RowServer(users=[user("1")])

    def by_body(request: PreparedRequest) -> Response | None:
        header = "Authorization" in request.headers
        return answer({"error": "invalid_client"}, 401) if header else None

    server.hooks.append(at_token(by_body))
    assert check(server, token_url=f"{TOKEN}?appName=app").buildings == 2

    form = parse_qs(str(server.requests[1].body))
    assert form["client_id"] == ["app"] and form["grant_type"] == ["client_credentials"]


def test_the_key_is_encoded_before_it_goes_into_the_header() -> None:
    server = RowServer()
    adapter_over(server, secret="a:b c+é", client_id="my app").check()

    kind, _, value = server.requests[0].headers["Authorization"].partition(" ")
    assert (kind, b64decode(value).decode()) == ("Basic", "my+app:a%3Ab+c%2B%C3%A9")


def test_scopes_that_are_refused_are_asked_for_in_smaller_sets() -> None:
    server = RowServer()
    asked: list[str] = []

    def core_only(request: PreparedRequest) -> Response | None:
        scope = parse_qs(str(request.body)).get("scope", [""])[0]
        asked.append(" ".join(each.rpartition("/")[2] for each in scope.split()))
        return None if asked[-1] == "roster-core.readonly" else answer({"error": "invalid_scope"}, 400)

    server.hooks.append(at_token(core_only))

    assert check(server).buildings == 2
    assert asked == ["roster.readonly roster-core.readonly", "roster-core.readonly"]


def test_a_scope_too_small_for_rosters_is_forbidden_by_name() -> None:
    server = RowServer()
    server.hooks.append(
        lambda _, path, __: answer({"imsx_description": "scope"}, 403) if path != "/token" else None
    )

    with pytest.raises(SisForbidden, match=r"roster\.readonly") as error:
        check(server)
    assert error.value.service is Service.ROSTER


@pytest.mark.parametrize("status", [401, 403])
def test_rosters_work_while_the_gradebook_is_refused(status: int) -> None:
    server = RowServer(classes=[a_class("k")], users=[user("1")])
    server.hooks.append(
        lambda _, path, __: (
            answer({"imsx_description": "vendor key"}, status)
            if path.startswith(("categories", "classes/k/", "lineItems"))
            else None
        )
    )
    sis = adapter_over(server)
    assert sis.check().buildings == 2

    with pytest.raises(SisForbidden, match="gradebook") as error:
        sis.gradebook_settings("k")

    assert error.value.service is Service.GRADEBOOK
    assert [each.key for page in sis.read(Feed.PEOPLE) for each in page] == ["1"]


def test_a_gradebook_that_is_not_there_names_the_address() -> None:
    server = RowServer(classes=[a_class("k")])
    for name in ("categories", "lineItems"):
        del server.lists[name]

    with pytest.raises(SisForbidden, match="gradebook address"):
        adapter_over(server).gradebook_settings("k")


def test_a_gradebook_without_rosters_is_told_as_rosters_that_refuse() -> None:
    server = RowServer()
    server.hooks.append(
        lambda _, path, __: (
            answer({"imsx_description": "no"}, 403) if path.partition("?")[0] in ("orgs", "schools") else None
        )
    )

    with pytest.raises(SisForbidden, match="rosters refused"):
        check(server)


def test_a_scope_that_only_reads_grades_turns_them_off() -> None:
    server = RowServer(classes=[a_class("k")])
    server.token = {
        **server.token,
        "scope": "https://purl.imsglobal.org/spec/or/v1p1/scope/gradebook.readonly",
    }

    with pytest.raises(SisForbidden, match="not write"):
        adapter_over(server).gradebook_settings("k")


def test_an_empty_district_asks_for_schools_to_be_granted() -> None:
    with pytest.raises(SisForbidden, match="no schools"):
        check(RowServer(orgs=[]))


@pytest.mark.parametrize("version", ["1.1", "1.2", "auto"])
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "/",
        "/ims/oneroster",
        "/ims/oneroster/v1p1",
        "/ims/oneroster/rostering/v1p2/",
        "/ims/oneroster/v1p1/orgs",
    ],
)
def test_a_base_address_may_be_pasted_with_or_without_its_last_parts(version: str, typed: str) -> None:
    server = RowServer()

    found = adapter_over(server, base_url=f"{HOST}{typed}", version=version).check()

    assert found.buildings == 2
    if version != "auto":
        assert found.version == version


def test_the_version_is_found_out_where_no_one_says_it() -> None:
    server = RowServer()
    server.hooks.append(lambda request, *_: answer({}, 404) if "v1p2" in str(request.url) else None)

    assert check(server, base_url=HOST, version="auto").version == "1.1"


def test_a_token_that_ends_in_the_middle_of_a_list_is_renewed_each_time() -> None:
    server = RowServer(users=[user(str(number)) for number in range(40)])
    server.cap, left = 10, {"requests": 3, "tokens": 0}

    def short_lived(request: PreparedRequest, path: str, _: dict[str, str]) -> Response | None:
        if path.endswith("/token"):
            left.update(requests=3, tokens=left["tokens"] + 1)
            return answer({"access_token": f"t{left['tokens']}"})
        current = request.headers["Authorization"] == f"Bearer t{left['tokens']}"
        left["requests"] -= 1
        return None if current and left["requests"] >= 0 else answer({"imsx_description": "expired"}, 401)

    server.hooks.append(short_lived)
    reading = adapter_over(server).read(Feed.PEOPLE)

    assert len([each for page in reading for each in page]) == 40 and reading.complete()
    assert left["tokens"] > 2


def test_a_token_that_never_works_is_asked_for_once() -> None:
    server = RowServer()
    server.hooks.append(lambda _, path, __: None if path.endswith("/token") else answer({}, 401))

    with pytest.raises(SisForbidden):
        check(server)
    assert server.asked.count("POST /token") == 1


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_oauth_1_signs_the_address_with_its_query_and_a_new_nonce(method: str) -> None:
    server = RowServer(users=[user("1")])
    sis = adapter_over(server, sign_in=f"oauth1-{method[5:].lower()}", token_url="")
    assert [each.key for page in sis.read(Feed.PEOPLE, "it's a b") for each in page] == []

    nonces = set()
    for request in server.requests:
        header = request.headers["Authorization"]
        assert not request.url or "+" not in request.url
        told = oauth1.collect_parameters(headers={"Authorization": header}, exclude_oauth_signature=False)
        pairs = dict(told)
        query = oauth1.collect_parameters(uri_query=str(request.url).partition("?")[2])
        signed = [each for each in [*told, *query] if each[0] != "oauth_signature"]
        base = oauth1.signature_base_string(
            "GET", oauth1.base_string_uri(str(request.url)), oauth1.normalize_parameters(signed)
        )
        digest = hmac.new(b"open%20sesame&", base.encode(), method[5:].lower()).digest()
        assert pairs["oauth_signature"] == b64encode(digest).decode()
        assert pairs["oauth_signature_method"] == method
        nonces.add(pairs["oauth_nonce"])
    assert len(nonces) == len(server.requests)


def test_clocks_that_differ_are_named_in_minutes() -> None:
    server = RowServer()
    late = formatdate(time.time() - 23 * 60, usegmt=True)
    server.hooks.append(everywhere(answer({"imsx_description": "timestamp"}, 401, Date=late)))

    with pytest.raises(SisAuthError, match="SIS differ by 23 minutes"):
        check(server, sign_in="oauth1-sha1")


def test_a_fixed_token_and_an_extra_header_go_with_every_request() -> None:
    server = RowServer()
    check(server, sign_in="bearer", token_url="", client_id="", extra_header="x-vendor-authorization")

    assert {each.headers["Authorization"] for each in server.requests} == {"Bearer open sesame"}
    assert {each.headers["x-vendor-authorization"] for each in server.requests} == {"vendor:secret"}


def test_a_server_that_asks_to_slow_down_is_an_outage_and_no_refusal() -> None:
    server = RowServer()
    server.hooks.append(
        lambda _, path, __: (
            None if path.endswith("/token") else answer({"message": "Rate limit exceeded"}, 403)
        )
    )

    with pytest.raises(SisUnavailable, match="slow down"):
        check(server)


def test_secrets_and_rows_are_in_no_message() -> None:
    server = RowServer(
        users=[{"sourcedId": "1", "familyName": {"x": 1}, "sms": "555-0100", "password": "hunter2"}]
    )
    (found,) = [each for page in adapter_over(server).read(Feed.PEOPLE) for each in page]

    told = sentence(found.reason)
    assert "hunter2" not in told and "555-0100" not in told
    assert ROOT not in told
