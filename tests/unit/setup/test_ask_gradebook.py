"""Whether the gradebook of an SIS lets the app in, asked before anything is linked."""

from __future__ import annotations

from lti_app.runs.words import sentence
from lti_app.school.reasons import NO_REASON
from lti_app.setup.connection import ask_gradebook
from tests.support.toy.adapter import ToySis
from tests.support.toy.district import CLASS, toy_district


def test_a_new_connection_is_asked_for_the_first_section_of_the_sis() -> None:
    server = toy_district()
    server.forbidden = True

    assert "does not let this app in" in sentence(ask_gradebook(ToySis(server)))
    assert server.calls[-1] == "settings"


def test_a_gradebook_that_answers_or_is_silent_is_not_refused() -> None:
    server = toy_district()
    assert ask_gradebook(ToySis(server)) == NO_REASON
    assert ask_gradebook(ToySis(server), ["nowhere"]) == NO_REASON
    server.down = True
    assert ask_gradebook(ToySis(server), [CLASS]) == NO_REASON
    assert ask_gradebook(ToySis(server)) == NO_REASON


def test_one_section_that_answers_is_enough() -> None:
    server = toy_district()
    sis = ToySis(server)
    server.forbidden = True
    answers = iter([True, False])
    asked = server.call

    def call(name: str) -> None:
        server.forbidden = next(answers)
        asked(name)

    server.call = call  # type: ignore[method-assign]

    assert ask_gradebook(sis, [CLASS, "plain"]) == NO_REASON
