"""A client that others wrote from the standard reads the sandbox's face."""

from __future__ import annotations

import oneroster_client as client
import requests

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.serving import serve
from lti_app.sandbox.sis.oneroster.face import Face
from tests.support.apps import sis_over
from tests.support.world import DAY

LISTS = {
    "users": "Users",
    "orgs": "Orgs",
    "classes": "Classes",
    "courses": "Courses",
    "enrollments": "Enrollments",
}


def test_a_client_of_the_standard_reads_every_list() -> None:
    served = serve(sis_over(make_district(60, 7, as_of=DAY.date()), oneroster=Face()))
    try:
        grant = {"grant_type": "client_credentials"}
        key = ("sandbox", "sandbox-secret")
        answer = requests.post(f"{served.url}/ims/oneroster/token", data=grant, auth=key, timeout=10)
        configuration = client.Configuration()
        configuration.host = f"{served.url}/ims/oneroster/v1p1"
        configuration.access_token = answer.json()["access_token"]
        made = client.ApiClient(configuration)
        counts = {}
        for name, title in LISTS.items():
            api = getattr(client, f"{title}ManagementApi")(made)
            found = getattr(api, f"get_{name}")(limit=5000)
            counts[name] = len(getattr(found, name))
    finally:
        served.close()

    assert counts == {"users": 166, "orgs": 2, "classes": 89, "courses": 89, "enrollments": 495}
