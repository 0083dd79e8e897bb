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


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_holds_an_event_secret_or_a_return_token(
    form: str, records: pytest.LogCaptureFixture
) -> None:
    """Nor does gunicorn's access log, or what it says of a request that failed."""
    for path in ("/events/s3cret", "/acting-user/return/s3cret?oauth_token=s3cret", "/events/s3cret/s3cret"):
        logging.getLogger("lti_app.tests").error("Error handling request %s", path)
        logging.getLogger("lti_app.tests").info('10.0.0.1 "POST %s HTTP/1.1" 200', path)

    formatter = RedactingJson(LINE) if form == "json" else Redacting(LINE)
    lines = [formatter.format(each) for each in records.records]
    assert len(lines) == 6 and "/events/[secret]" in lines[0]
    assert not [line for line in lines if "s3cret" in line]
