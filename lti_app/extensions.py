"""Flask extensions, made once and bound to the app by the factory."""

from __future__ import annotations

from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from lti_app.models.base import Base

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
bootstrap = Bootstrap5()
