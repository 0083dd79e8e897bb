"""What the Overview calls a group of records with one problem."""

from __future__ import annotations

import pytest

from lti_app.runs.words.reasons.groups import group_title
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, main_code, several


@pytest.mark.parametrize("code", [Code.NUMBER_SHARED, Code.COMMA_IN_UNIQUE_ID, Code.KEY_SHARED_WITH])
def test_what_keeps_a_person_out_has_a_title_of_its_own(code: Code) -> None:
    assert group_title(code) != group_title("of another version")
    assert "ID" in group_title(code)


def test_a_field_that_was_left_out_is_not_why_a_record_is_blocked() -> None:
    note, why = because(Code.EMAIL_LEFT_OUT), because(Code.VALUE_TAKEN_BY_ACCOUNT)

    assert main_code(several(note, why)) == Code.VALUE_TAKEN_BY_ACCOUNT
    assert main_code(several(note, note)) == Code.EMAIL_LEFT_OUT
