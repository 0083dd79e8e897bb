"""What may happen to the sandbox's events on their way."""

from __future__ import annotations

from lti_app.sandbox.schoology.event_delivery import Weather


def test_the_same_seed_loses_and_doubles_the_same_events() -> None:
    one, other = (Weather(3, drop=0.2, double=0.2, late=0.2) for _ in range(2))

    journeys = [one.journeys() for _ in range(500)]

    assert journeys == [other.journeys() for _ in range(500)]
    assert 50 < journeys.count([]) < 150
    assert 50 < sum(len(each) == 2 for each in journeys) < 150


def test_in_good_weather_each_event_arrives_once_and_at_once() -> None:
    assert [Weather().journeys() for _ in range(3)] == [[0.0]] * 3
