"""Ids that a spreadsheet takes for something else come back as they went out."""

from __future__ import annotations

import csv
import io

import pytest

from lti_app.school.csv_cells import safe_cell
from lti_app.sync.data_prep.files.spreadsheet import MAPPING_ID, SCHOOLOGY_ID, Cells, cells_of, kept, read

IDS = (
    "12E5",
    "1e10",
    "'quoted",
    "''twice",
    "=1+1",
    "-5",
    "12345678901234567890",
    "3-4",
    "TRUE",
    "0012",
    "a b",
)


def lines_of(*pairs: tuple[str, str]) -> list[Cells]:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([(SCHOOLOGY_ID, MAPPING_ID), *pairs])
    return list(read(io.BytesIO(buffer.getvalue().encode())))


@pytest.mark.parametrize("ident", IDS)
def test_an_id_survives_the_download_and_the_upload(ident: str) -> None:
    (line,) = lines_of((safe_cell(kept("7")), safe_cell(kept(ident))))

    assert (line.schoology_id, line.mapping_id, bool(line.problem)) == ("7", ident, False)


def test_what_a_spreadsheet_would_change_is_marked_as_text() -> None:
    assert [each for each in IDS if kept(each) == each] == ["=1+1", "-5", "0012", "a b"]


def test_an_id_typed_with_its_apostrophe_is_kept_beside_the_one_without() -> None:
    (line,) = lines_of(("7", "'quoted"))

    assert (line.mapping_id, line.marked) == ("quoted", ("7", "'quoted"))


@pytest.mark.parametrize("ident", IDS)
def test_a_line_kept_for_a_job_reads_as_it_did_at_first(ident: str) -> None:
    (line,) = lines_of((safe_cell(kept(ident)), safe_cell(ident)))

    assert cells_of(line.line, *line.marked) == line
