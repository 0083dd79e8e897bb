"""What `make audit` says: what was not looked at is no clean bill."""

from __future__ import annotations

import json

from tests.support.audit import verdict

VULNERABLE = {"name": "b", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}


def test_a_known_vulnerability_fails_with_its_fix() -> None:
    report = json.dumps({"dependencies": [{"name": "a", "version": "2", "vulns": []}, VULNERABLE]})

    assert verdict("x.lock", report, "") == (
        False,
        ["x.lock: 2 of 2 packages were looked at.", "b 1.0: PYSEC-1, fixed in 1.1"],
    )


def test_packages_that_no_source_knows_are_named_in_capitals() -> None:
    report = json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]})

    fine, lines = verdict("x.lock", report, "No known vulnerabilities found")

    assert fine
    assert lines == [
        "x.lock: 0 of 1 packages were looked at.",
        "1 PACKAGES WERE SKIPPED: NO ADVISORY SOURCE KNOWS THEM (a)",
    ]


def test_no_answer_at_all_is_said_in_capitals() -> None:
    fine, [line] = verdict("x.lock", "", "Traceback\nConnectionError: no route")

    assert fine
    assert line.startswith("THE AUDIT OF X.LOCK WAS SKIPPED: NO ADVISORY SOURCE ANSWERED (ConnectionError")
