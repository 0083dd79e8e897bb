"""What is wrong with a row that the SIS sent, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lti_app.school.reasons import Reason
from lti_app.school.row_codes import RowCode

CORRECT = "Correct it in the SIS."
SENTENCES: Mapping[str, str] = {
    RowCode.ROW_NOT_AN_OBJECT: "The SIS sent a row that isn’t an object.",
    RowCode.CELL_EMPTY: "{column} is empty. Enter it in the SIS.",
    RowCode.CELL_NOT_TEXT: "{column} is “{value}”, which isn’t text. " + CORRECT,
    RowCode.CELL_NOT_PLAIN: "{column} is “{value}”, which isn’t text or a number. " + CORRECT,
    RowCode.CELL_BROKEN_TEXT: "{column} is “{value}”, which has broken characters. " + CORRECT,
    RowCode.CELL_NOT_WHOLE: "{column} is “{value}”, which isn’t a whole number. " + CORRECT,
    RowCode.CELL_NOT_A_NUMBER: "{column} is “{value}”, which isn’t a number. " + CORRECT,
    RowCode.CELL_TOO_LARGE: "{column} is “{value}”, which is too large a number. " + CORRECT,
    RowCode.CELL_NOT_YES_OR_NO: "{column} is “{value}”, which isn’t Y or N. " + CORRECT,
    RowCode.CELL_NOT_TRUE_OR_FALSE: "{column} is “{value}”, which isn’t true or false. " + CORRECT,
    RowCode.CELL_NOT_A_DATE: "{column} is “{value}”, which isn’t a date. " + CORRECT,
    RowCode.CELL_ENDS_EARLY: "{column} is {value:day}, which is before the first day, {first:day}. "
    + CORRECT,
    RowCode.CELL_NOT_A_LIST: "{column} is “{value}”, which isn’t a list. " + CORRECT,
    RowCode.CELL_NOT_AN_OBJECT: "{column} is “{value}”, which isn’t an object. " + CORRECT,
    RowCode.SCORE_CELLS_UNREADABLE: "The SIS data here couldn’t be read, so nothing was sent. {why:reason}",
    RowCode.SCORE_IS_TEXT: "The SIS has the text “{mark}” here instead of a number.",
}


@dataclass(frozen=True)
class FaultyRow:
    """What is wrong with a row, as a value of an error: its columns for the log, and the reason to store."""

    columns: tuple[str, ...]
    reason: Reason

    @property
    def message(self) -> str:
        """The columns that can't be read, without what they hold."""
        return f"check {', '.join(self.columns)}." if self.columns else "it isn’t an object."
