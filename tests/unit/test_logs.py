"""Lines of the process log: text or JSON, each fact a field, and nothing that must not be kept."""

from __future__ import annotations

import json
import logging

import pytest

from lti_app.logs import LINE, Redacting, RedactingJson, say


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("INFO", logger="lti_app.tests")
    return caplog


def test_an_event_is_words_and_facts(records: pytest.LogCaptureFixture) -> None:
    say(logging.getLogger("lti_app.tests"), "job ended", installation=2, outcome="done", seconds=1.5)

    [record] = records.records
    assert (
        Redacting(LINE)
        .format(record)
        .endswith("INFO lti_app.tests job ended installation=2 outcome=done seconds=1.5")
    )
    made = json.loads(RedactingJson(LINE).format(record))
    assert (made["event"], made["installation"], made["seconds"]) == ("job ended", 2, 1.5)
    assert made["levelname"] == "INFO"


def test_json_stays_json_and_keeps_no_secret(records: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("lti_app.tests")
    try:
        raise ValueError("sent authorization: Bearer abc for jo@school.example ?code=1")
    except ValueError:
        log.exception("token=hunter2 Authorization: Basic hunter2")

    [record] = records.records
    line = RedactingJson(LINE).format(record)
    made = json.loads(line)
    assert made["message"].startswith("token=[redacted]")
    assert "ValueError" in made["exc_info"]
    for secret in ("hunter2", "Bearer", "jo@school", "code=1"):
        assert secret not in line
