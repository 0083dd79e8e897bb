"""The Help pages: there for each tab, and nothing else of docs/ is."""

from __future__ import annotations

import re

import pytest

from lti_app.web.help import OF_TABS, PAGES
from tests.support.admin_pages import Pages, open_pages


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return open_pages(tmp_path_factory.mktemp("help"))


def test_every_tab_leads_to_a_part_that_exists(pages: Pages) -> None:
    for place in (*OF_TABS.values(), *PAGES):
        page, _, part = place.partition("#")
        answer = pages.app.test_client().get(f"/help/{page}")
        assert answer.status_code == 200 and "<h1" in answer.text, place
        assert not part or f'id="{part}"' in answer.text, place
    assert 'href="/help/data-prep" target="_blank"' in pages.press("/admin/data-prep")


def test_links_and_pictures_of_a_page_lead_somewhere(pages: Pages) -> None:
    client = pages.app.test_client()
    for page in PAGES:
        text = client.get(f"/help/{page}").text
        found = re.findall(r'(?:href|src)="(/help/[^"#]+)', text)
        for address in found:
            with client.get(address) as answer:
                assert answer.status_code == 200, f"{page}: {address}"
        assert re.findall(r'href="[^"]*[.]md', text) == [], page


def test_other_files_are_not_served(pages: Pages) -> None:
    for path in ("/help/promises", "/help/style-guide", "/help/..%2fREADME", "/help/images/..%2ftour.md"):
        assert pages.app.test_client().get(path).status_code == 404, path
