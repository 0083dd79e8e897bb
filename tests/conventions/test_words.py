"""What stands in the files, whatever it means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lti_app import config
from tests.conventions.sources import ROOT, assert_none, sources, tracked

PLACES = re.compile(r"(?<![\w.>}/-])/(?:work|home|Users|root|tmp)/\w")
"""A folder of someone's machine."""
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
JINJA = re.compile(r"{[{%#].*?[}%#]}", re.DOTALL)
SUFFIXES = {".py", ".md", ".html", ".css", ".js", ".cfg", ".toml", ".ini", ".mako", ""}


def _texts() -> list[tuple[Path, str]]:
    return [
        (path, path.read_text("utf-8"))
        for path in tracked()
        if path.suffix in SUFFIXES and path.stat().st_size < 1_000_000
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert_none(
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for path, text in _texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if PLACES.search(line)
    )


def test_no_file_keeps_the_marks_of_a_merge() -> None:
    marks = re.compile(r"^(<<<<<<<|>>>>>>>) ", re.M)
    assert_none(str(path.relative_to(ROOT)) for path, text in _texts() if marks.search(text))


def test_every_setting_stands_in_the_readme_or_in_the_page_on_hosting() -> None:
    read = set(re.findall(r"LTI_APP_[A-Z_]+", Path(config.__file__).read_text("utf-8"))) - {"LTI_APP_"}
    told = (ROOT / "README.md").read_text("utf-8") + (ROOT / "docs" / "hosting.md").read_text("utf-8")
    assert_none(name for name in sorted(read) if name not in told)


def test_settings_are_read_in_one_place() -> None:
    readers = [each.name for each in sources("lti_app") if "os.environ" in each.text]
    assert_none(
        name
        for name in readers
        if name not in ("lti_app/__init__.py", "lti_app/serving.py") and not name.startswith("lti_app/cli/")
    )


@pytest.mark.parametrize(
    "page", sorted(path for path in tracked() if path.suffix == ".md"), ids=lambda p: p.name
)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert_none(link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists())


def test_decisions_are_numbered_without_a_gap_and_have_four_parts() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    parts = ("## Status", "## Context", "## Decision", "## Consequences")
    assert_none(
        f"{path.name} has no {part}" for path in records for part in parts if part not in path.read_text()
    )


def test_every_path_in_a_template_is_lower_case() -> None:
    templates = [*(ROOT / "templates").rglob("*"), *(ROOT / "lti_app" / "sandbox" / "templates").rglob("*")]
    assert_none(
        str(path.relative_to(ROOT))
        for path in templates
        if path.is_file() and not re.fullmatch(r"[a-z_]+(\.[a-z]+)*", path.name)
    )


def test_no_template_has_script_or_style_inside() -> None:
    """The content security policy allows neither."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=\"|\sstyle=\"|javascript:", re.IGNORECASE)
    pages = {path: JINJA.sub("", path.read_text("utf-8")) for path in (ROOT / "templates").rglob("*.html")}
    assert_none(str(path.relative_to(ROOT)) for path, text in pages.items() if inline.search(text))
