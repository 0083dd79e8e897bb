"""Codes of what is wrong with a row that the SIS sent."""

from __future__ import annotations

from enum import StrEnum, auto


class RowCode(StrEnum):
    """Why a row can't be used: each of its cells that can't be read has one. A stored code keeps its name."""

    ROW_NOT_AN_OBJECT = auto()
    CELL_EMPTY = auto()
    CELL_NOT_TEXT = auto()
    CELL_NOT_PLAIN = auto()
    CELL_BROKEN_TEXT = auto()
    CELL_NOT_WHOLE = auto()
    CELL_NOT_A_NUMBER = auto()
    CELL_TOO_LARGE = auto()
    CELL_NOT_YES_OR_NO = auto()
    CELL_NOT_TRUE_OR_FALSE = auto()
    CELL_NOT_A_DATE = auto()
    CELL_ENDS_EARLY = auto()
    CELL_NOT_A_LIST = auto()
    CELL_NOT_AN_OBJECT = auto()
    SCORE_CELLS_UNREADABLE = auto()
    SCORE_IS_TEXT = auto()
