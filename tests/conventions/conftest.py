"""An app that is looked at and never asked for anything that needs a table."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from lti_app import create_app
from lti_app.config import Settings


@pytest.fixture(scope="session")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app with an empty database."""
    folder = tmp_path_factory.mktemp("bare")
    return create_app(
        Settings(
            database_url=f"sqlite:///{folder / 'empty.sqlite'}",
            secret_keys=(Fernet.generate_key().decode(),),
            public_url="http://localhost:8000",
            scheduler=False,
        )
    )
