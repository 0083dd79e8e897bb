"""What the wiring makes of settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lti_app.outbound.hosts import PublicOnlyAdapter
from lti_app.sis.errors import SisConfigError
from lti_app.wiring import Wiring
from tests.factories import sis_connection
from tests.support.other_sis import with_other_sis
from tests.support.world import settings


@pytest.mark.parametrize(
    ("pace", "in_flight"), [((15, 5.0), 8), ((1, 1.0), 8), ((50, 5.0), 25), ((1000, 1.0), 32)]
)
def test_more_requests_are_under_way_where_the_pace_is_higher(
    tmp_path: Path, pace: tuple[int, float], in_flight: int
) -> None:
    assert Wiring(settings(tmp_path, schoology_pace=pace)).in_flight == in_flight


@pytest.mark.parametrize("private", [True, False])
def test_the_stored_adapter_is_built_with_its_settings_and_secrets(tmp_path: Path, private: bool) -> None:
    wiring = Wiring(settings(tmp_path, allow_private_sis_hosts=private))
    stored = sis_connection(
        adapter="other",
        settings={"client_id": "a"},
        secrets=wiring.vault.seal(json.dumps({"client_secret": "b"})),
    )

    with with_other_sis():
        made: Any = wiring.sis(stored)
        capabilities = wiring.capabilities(stored)

    assert (made.settings, made.secrets) == ({"client_id": "a"}, {"client_secret": "b"})
    assert (made.tools["network"] is None) is private
    assert private or isinstance(made.tools["network"], PublicOnlyAdapter)
    assert made.tools["sleep"] == wiring.sleep
    assert capabilities.product == "Another SIS"


def test_an_adapter_that_the_app_does_not_have_is_said(tmp_path: Path) -> None:
    wiring = Wiring(settings(tmp_path))
    stored = sis_connection(adapter="gone", settings={}, secrets="", capabilities={})

    with pytest.raises(SisConfigError, match="called “gone”"):
        wiring.sis(stored)
    assert wiring.capabilities(stored).product == "the SIS"
