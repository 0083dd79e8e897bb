"""The WSGI entry point: ``gunicorn wsgi:app`` and ``flask --app wsgi``."""

import sys

from cryptography.fernet import Fernet

from lti_app import create_app
from lti_app.config import Settings, SettingsError

WILL_NOT_BOOT = 3
"""gunicorn ends on this exit code instead of starting its workers again and again."""

try:
    app = create_app()
except SettingsError as error:
    if "--help" not in sys.argv:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(WILL_NOT_BOOT) from None
    # Help asks for no setting, and nothing that it shows comes from the database.
    key = Fernet.generate_key().decode()
    app = create_app(Settings("sqlite:////no/database", (key,), "http://localhost:8000", scheduler=False))
