"""How gunicorn serves the app: `gunicorn --config python:lti_app.serving wsgi:app`.

The names are gunicorn's settings (https://docs.gunicorn.org/en/stable/settings.html); an option on the
command line wins. What gunicorn itself says is formatted as the app's log, also before the app is imported.
"""

from __future__ import annotations

import os
from typing import Any

from gunicorn.glogging import Logger

from lti_app.logs import use_format


class OneLog(Logger):
    """gunicorn's lines, as text or JSON by LTI_APP_LOG_FORMAT, and without secrets of addresses."""

    def setup(self, cfg: Any) -> None:
        """Add gunicorn's handlers, then let them write as the app does."""
        super().setup(cfg)
        for each in (self.error_log, self.access_log):
            use_format(each, os.environ.get("LTI_APP_LOG_FORMAT", ""))


logger_class = OneLog
control_socket_disable = True
"""No one but the service manager tells this server anything; the socket would be in a home folder."""
workers = 1
worker_class = "gthread"
threads = 16
timeout = 120
"""Seconds without a sign of life after which gunicorn ends a process."""
graceful_timeout = 30
keepalive = 75
"""Seconds. Longer than nginx keeps a connection to the app open (60), so that nginx closes first."""
