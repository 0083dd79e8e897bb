"""Clients that others wrote agree with the sandbox Schoology, and what is not rightly signed is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
import schoolopy
from requests_oauthlib import OAuth1, OAuth1Session

from lti_app.sandbox.schoology.objects import Token
from lti_app.sandbox.schoology.store import ADMIN, SchoologyStore
from lti_app.sandbox.serving import Served, serve
from tests.support.apps import schoology_over
from tests.support.world import CONSUMER, DAY

JSON = {"Accept": "application/json"}


@pytest.fixture
def store() -> SchoologyStore:
    made = SchoologyStore()
    made.seed_organisation("Sandbox District", [("N", "North High")])
    made.add_grading_period("Fall 2026", DAY.date(), DAY.date())
    admin = next(each for each in made.users.values() if each.role_id == ADMIN)
    made.tokens["t"] = Token("t", "ts", "test-key", admin.uid, "access")
    return made


@pytest.fixture
def served(store: SchoologyStore) -> Iterator[Served]:
    api = schoology_over(store, consumers=CONSUMER, rate=None)
    running = serve(api)
    yield running
    api.extensions["schoology_postman"].close()
    running.close()


def test_schoolopy_reads_users_sections_and_grading_periods(store: SchoologyStore, served: Served) -> None:
    client = schoolopy.Schoology(schoolopy.Auth("test-key", "test-secret"), api_host=f"{served.url}/v1/")
    client.limit = 100
    member = next(each.uid for each in store.users.values() if each.username == "devon.guest")

    users = {int(each["uid"]): each["name_last"] for each in client.get_users()}
    sections = [each["section_title"] for each in client.get_user_sections(member)]
    periods = [each["title"] for each in client.get_grading_periods()]

    assert users == {uid: each.name_last for uid, each in store.users.items()}
    assert sections == ["Coffee Corner"]
    assert periods == ["Fall 2026"]


@pytest.mark.parametrize("place", ["AUTH_HEADER", "two-legged"])
def test_signatures_of_requests_oauthlib_pass(served: Served, place: str) -> None:
    token = {} if place == "two-legged" else {"resource_owner_key": "t", "resource_owner_secret": "ts"}
    session = OAuth1Session("test-key", "test-secret", **token)

    answer = session.get(f"{served.url}/v1/users", params={"limit": 2, "odd": "a b&c=ü~"}, headers=JSON)

    assert answer.status_code == 200
    assert len(answer.json()["user"]) == 2


def signed(url: str, **changes: str) -> requests.PreparedRequest:
    auth = OAuth1("test-key", changes.pop("secret", "test-secret"), **changes)
    return requests.Request("GET", url, headers=JSON, auth=auth).prepare()


@pytest.mark.parametrize("wrong", ["secret", "query", "stamp", "unsigned", "consumer", "replay"])
def test_what_is_not_rightly_signed_is_refused(served: Served, wrong: str) -> None:
    url = f"{served.url}/v1/users?limit=1"
    request = signed(url)
    with requests.Session() as session:
        if wrong == "secret":
            request = signed(url, secret="another")
        elif wrong == "query":
            request.url = url.replace("limit=1", "limit=2")
        elif wrong == "stamp":
            request = signed(url, timestamp=str(int(time.time()) - 3600))
        elif wrong == "unsigned":
            del request.headers["Authorization"]
        elif wrong == "consumer":
            request = requests.Request("GET", url, auth=OAuth1("nobody", "x")).prepare()
        elif wrong == "replay":
            assert session.send(request).status_code == 200

        answer = session.send(request)

    assert answer.status_code == 401
    assert "user" not in answer.text


def test_a_redirect_needs_a_new_signature(served: Served) -> None:
    request = signed(f"{served.url}/v1/users/me", resource_owner_key="t", resource_owner_secret="ts")
    with requests.Session() as session:
        first = session.send(request, allow_redirects=False)
        assert first.status_code == 303
        copied = requests.Request(
            "GET", first.headers["Location"], headers={"Authorization": request.headers["Authorization"]}
        ).prepare()

        assert session.send(copied).status_code == 401
        again = signed(first.headers["Location"], resource_owner_key="t", resource_owner_secret="ts")
        assert session.send(again).status_code == 200
