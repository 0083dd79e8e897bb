"""Flask extensions, made once and bound to the app by the factory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from lti_app.models.base import Base

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, its per-request proxy typed as the session that it stands for."""

    if TYPE_CHECKING:
        session: Session  # type: ignore[assignment]


db = Database(metadata=Base.metadata)
migrate = Migrate()
bootstrap = Bootstrap5()
