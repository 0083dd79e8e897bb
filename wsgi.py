"""The WSGI entry point: ``gunicorn wsgi:app`` and ``flask --app wsgi``."""

import sys
from collections.abc import Sequence

from cryptography.fernet import Fernet

from lti_app import create_app
from lti_app.config import Settings, SettingsError

WILL_NOT_BOOT = 3
"""gunicorn ends on this exit code instead of starting its workers again and again."""

WITHOUT_SETTINGS = ("demo", "sandbox", "version")
"""Commands that need no setting: they make their own, or have none."""


def needs_settings(words: Sequence[str]) -> bool:
    """Whether a command line asks for more than help, or is no command at all."""
    after = words[words.index("--app") + 2 :] if "--app" in words else ()
    return "--help" not in words and not (after and after[0] in WITHOUT_SETTINGS)


try:
    app = create_app()
except SettingsError as error:
    if needs_settings(sys.argv):
        sys.stderr.write(f"{error}\n")
        raise SystemExit(WILL_NOT_BOOT) from None
    # Nothing that these show comes from the database.
    key = Fernet.generate_key().decode()
    app = create_app(Settings("sqlite:////no/database", (key,), "http://localhost:8000", scheduler=False))
