"""What Prometheus learns, and who learns nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from lti_app.extensions import db
from lti_app.operations import alerts
from tests.support.world import make_synced

TOKEN = "a token of sixteen".replace(" ", "-")


def scrape(app: Flask, token: str) -> Any:
    return app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})


def figures(text: str) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of label names) → value."""
    return {
        (each.name, *(each.labels[name] for name in sorted(each.labels))): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def test_prometheus_learns_figures_by_number_with_the_token_only(tmp_path: Path) -> None:
    with make_synced(tmp_path) as world:
        assert scrape(world.app, TOKEN).status_code == 404  # the host hasn't set one
        wiring = world.app.extensions["wiring"]
        wiring.settings = replace(wiring.settings, metrics_token=TOKEN)
        assert [scrape(world.app, each).status_code for each in ("", "another", TOKEN + "x")] == [401] * 3
        with world.app.app_context():
            alerts.watch(db.session(), wiring.mailer)

        answer = scrape(world.app, TOKEN)

        assert answer.status_code == 200
        found = figures(answer.text)
        assert found["lti_app_problem_records", "1", "user"] == 1
        assert found["lti_app_problem_records_new", "1", "user"] == 1
        assert found["lti_app_district_claimed", "1"] == 1
        assert found["lti_app_last_sync_duration_seconds", "1", "all"] > 0
        assert found["lti_app_oldest_ready_job_seconds",] == 0
        people = [each.last_name for each in world.district.students.values()]
        assert "Sandbox District" not in answer.text
        assert [name for name in people if name in answer.text] == []
