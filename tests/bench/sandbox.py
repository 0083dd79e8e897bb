"""The sandbox bench: one page of a gradebook with 300 items and 200 students, answered without a socket.

python -m tests.bench.sandbox
"""

from __future__ import annotations

import sys
import time

from requests import Request
from requests_oauthlib import OAuth1

from lti_app.sandbox.schoology import gradebook
from lti_app.sandbox.schoology.objects import Grade, Token
from lti_app.sandbox.schoology.server import create_schoology
from lti_app.sandbox.schoology.store import STUDENT, SchoologyStore
from tests.bench.figures import Figures

ITEMS, STUDENTS, PAGE = 300, 200, 200
HOST = "http://localhost"


def main() -> int:
    """Run the bench; the exit code is the number of missed targets."""
    figures, store = Figures(), SchoologyStore()
    path = f"/v1/sections/{_fill(store)}/grades?limit={PAGE}"
    client = create_schoology(store, consumers={"bench": "bench"}, rate=None).test_client()
    began = time.perf_counter()
    answer = client.get(path, headers=_signed(HOST + path))
    took = time.perf_counter() - began
    if answer.status_code != 200 or len(answer.get_json()["grades"]["grade"]) != PAGE:
        raise SystemExit(f"The sandbox answered {answer.status_code}.")
    figures.say(f"sandbox.grades-{ITEMS}x{STUDENTS}", took, "s", at_most=1)
    return figures.failures


def _fill(store: SchoologyStore) -> int:
    """A section with a score in every cell; its id."""
    store.seed_organisation("Bench", [("N", "North High")])
    store.tokens["bench"] = Token("bench", "bench", "bench", store.user_by_username["avery.admin"], "access")
    section = store.add_section(
        store.add_course(title="Large", course_code="LARGE").id, title="1", section_code="1"
    )
    category = gradebook.add_category(store, section.id, "Tests")
    home = next(iter(store.buildings))
    seats = []
    for number in range(STUDENTS):
        user = store.add_user(
            name_first="S",
            name_last=f"N{number}",
            username=f"s{number}",
            building_id=home,
            role_id=STUDENT,
        )
        seats.append(store.enroll(section.id, user.uid).id)
    for number in range(ITEMS):
        made = gradebook.add_item(store, section.id, f"Item {number}", grading_category=category.id)
        for seat in seats:
            store.grades[seat, made.id] = Grade(seat, made.id, 50 + number % 50)
    return section.id


def _signed(url: str) -> dict[str, str]:
    signed = Request("GET", url, auth=OAuth1("bench", "bench", "bench", "bench")).prepare()
    texts = {
        name: value if isinstance(value, str) else value.decode() for name, value in signed.headers.items()
    }
    return {**texts, "Accept": "application/json"}


if __name__ == "__main__":
    sys.exit(main())
