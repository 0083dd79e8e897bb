"""What PyLTI1p3 wants to be given: the parameters of a request, and where registrations and cookies are."""

from __future__ import annotations

from typing import Any

from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy.orm import Session

from lti_app.lti import registrations


class Form(Request):
    """The parameters of a request, wherever the web framework found them."""

    def __init__(self, parameters: dict[str, str]) -> None:
        super().__init__()
        self._parameters = parameters

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._parameters.get(key, "")


class Config(ToolConfAbstract):  # type: ignore[type-arg]
    """Registrations from the database; an unknown one is None instead of an exception."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def check_iss_has_one_client(self, iss: str) -> bool:  # noqa: ARG002 - the library asks by issuer
        return False

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return None

    def find_deployment(self, iss: str, deployment_id: str) -> Any:  # noqa: ARG002
        return None

    def find_deployment_by_params(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return None

    def find_registration_by_params(  # noqa: ARG002
        self,
        iss: str,
        client_id: str | None,
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> Any:
        platform = registrations.find_platform(self._session, iss, client_id or "")
        if platform is None:
            return None
        return (
            Registration()
            .set_issuer(platform.issuer)
            .set_client_id(platform.client_id)
            .set_auth_login_url(platform.auth_url)
            .set_key_set_url(platform.jwks_url)
        )


class Nowhere:
    """State and nonce live in our own row, so the library's stores have nothing to keep."""

    def set_cookie(self, name: str, value: str, exp: int | None = None) -> None: ...

    def save_nonce(self, nonce: str) -> None: ...
