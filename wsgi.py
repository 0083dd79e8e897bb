"""The WSGI entry point: ``gunicorn wsgi:app`` and ``flask --app wsgi``."""

import sys

from lti_app import create_app
from lti_app.config import SettingsError

WILL_NOT_BOOT = 3
"""gunicorn ends on this exit code instead of starting its workers again and again."""

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"{error}\n")
    raise SystemExit(WILL_NOT_BOOT) from None
