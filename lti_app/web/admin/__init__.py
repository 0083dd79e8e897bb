"""The admin app: one module for each tab, view and form together."""

from __future__ import annotations

from lti_app.web.admin.tabs import blueprint

__all__ = ["blueprint"]
