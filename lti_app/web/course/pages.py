"""The course pages' blueprint; each page is a module beside this one."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("course", __name__, url_prefix="/course")
