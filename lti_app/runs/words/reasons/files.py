"""Sentences about decisions of Data Prep that can't be carried out, and about files of matches."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.prep import DecisionCode, LineCode

FILES: Mapping[str, str] = {
    DecisionCode.PREP_NO_DATA: "There’s no Data Prep data yet. Select Get data from both systems first.",
    DecisionCode.PREP_NOT_IN_DATA: "There is no {kind:kind} “{id}” in the Data Prep data. Refresh the data.",
    DecisionCode.PREP_MATCHED_OTHERWISE: "{schoology_id} is already matched to {sis_id}, and that match is "
    "accepted. Remove that match first.",
    DecisionCode.PREP_MATCH_IN_USE: "A sync has already used this match, so it can’t be removed here. "
    "Correct the record in the SIS, or delete the record in Schoology and decide under Deleted in Schoology.",
    DecisionCode.PREP_ALREADY_LINKED: "This record is already linked. Remove that match first.",
    DecisionCode.PREP_FILE_BUSY: "A file of this list is being checked or applied right now. Wait until "
    "that’s done, then try again.",
    DecisionCode.PREP_NOT_SUGGESTED: "The match with {sis_id} isn’t suggested anymore. Download the list "
    "again.",
    LineCode.FILE_QUOTE_OPEN: "The first line can’t be read because it has a quotation mark that is never "
    "closed. Upload the file that you downloaded here, with its first line unchanged.",
    LineCode.FILE_WITHOUT_COLUMN: "The first line has no column “{column}”. Upload the file that you "
    "downloaded here, with its first line unchanged.",
    LineCode.FILE_IS_WORKBOOK: "This is a workbook, not a CSV file. In the spreadsheet, choose “Save as” and "
    "then “CSV UTF-8”.",
    LineCode.FILE_BROKEN: "The file can’t be read after line {line:number}: {words}.",
    LineCode.FILE_TOO_LONG: "It has more than {most:number} rows. Keep only the rows you changed, and only "
    "the columns Schoology ID and Mapping ID, then upload it again.",
    LineCode.LINE_TOO_SHORT: "This row has {found:column|columns}, but the first row has {wanted:number}. "
    "Don’t remove columns.",
    LineCode.LINE_WITHOUT_SCHOOLOGY_ID: "This row has a Mapping ID but no Schoology ID. Enter the SIS ID in "
    "the row of the Schoology record that it belongs to.",
    LineCode.LINE_NOT_IN_SCHOOLOGY: "Schoology ID “{id}” isn’t in the Data Prep data. Don’t change that "
    "column.",
    LineCode.LINE_SHORTENED: "The spreadsheet has shortened the {column} to “{id}”. Download the file again "
    "and format the column as text before you change anything.",
    LineCode.LINE_SCHOOLOGY_ID_TWICE: "Schoology ID “{id}” is already in row {line}. Remove one of the two "
    "rows.",
    LineCode.LINE_MAPPING_ID_TWICE: "Mapping ID “{id}” is already in row {line}. A record can have only one "
    "match.",
    LineCode.LINE_LINKED_OTHERWISE: "“{schoology_id}” or “{sis_id}” is already linked to another record. "
    "Remove that match on the page first.",
    LineCode.LINE_MATCH_IN_USE: "“{schoology_id}” is linked to “{sis_id}”, and a sync has already used this "
    "match. You can’t remove it with a file.",
    LineCode.LINE_ZEROS_LOST: "The SIS has no “{id}”, but it has “{found}”: the spreadsheet removed leading "
    "zeros. Format the column as text and enter {found}.",
    LineCode.LINE_SEVERAL: "“{id}” can be {found}. Enter the full ID.",
    LineCode.LINE_NOT_IN_SIS: "The SIS has no “{id}” in the Data Prep data. Check the SIS ID on the right of "
    "its row.",
}
