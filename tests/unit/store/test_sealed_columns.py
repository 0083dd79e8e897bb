"""Every column that holds a secret is one that the vault seals."""

from __future__ import annotations

from lti_app.models import Base
from lti_app.models.base import SEALED

SECRETS = ("secret", "private_key", "password", "person_key")
PLAIN = {"secret_names"}
"""Names of secrets, which are none."""


def test_every_column_for_a_secret_is_sealed() -> None:
    columns = [each for table in Base.metadata.sorted_tables for each in table.columns]
    secret = [
        each
        for each in columns
        if each.name not in PLAIN
        and not each.name.endswith("_hash")
        and any(word in each.name for word in SECRETS)
    ]

    assert {"consumer_secret", "private_key", "token_secret", "secrets"} <= {each.name for each in secret}
    assert [f"{each.table}.{each.name}" for each in secret if each.info != SEALED] == []
