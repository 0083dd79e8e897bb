"""How a table keeps a reason: its code in one column, so that SQL can group by it, and its values beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Text, case, literal
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, composite, declared_attr, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from lti_app.school.reasons import Reason, decoded, encoded


class ReasonValues(TypeDecorator[Mapping[str, Any]]):
    """The values of a reason as canonical JSON text; an empty text where there are none."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str:  # noqa: ARG002 - the interface hands it over
        return encoded(value or {})

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:  # noqa: ARG002 - the interface hands it over
        return decoded(value)


class ReasonText(TypeDecorator[Reason]):
    """A whole reason in one column, {"code": …, "values": …}, for what no query groups by."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Reason | None, dialect: Dialect) -> str:  # noqa: ARG002 - the interface hands it over
        return encoded(value.to_json()) if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> Reason:  # noqa: ARG002 - the interface hands it over
        return Reason.from_json(decoded(value))


class Reasoned:
    """A table whose rows say why they are as they are: `reason` is a Reason over its two columns."""

    reason_code: Mapped[str] = mapped_column(default="", server_default="")
    reason_values: Mapped[Mapping[str, Any]] = mapped_column(ReasonValues, default=dict, server_default="")

    if TYPE_CHECKING:
        reason: Mapped[Reason]
    else:

        @declared_attr
        @classmethod
        def reason(cls) -> Mapped[Reason]:
            """Both columns as one value."""
            return composite(Reason, cls.reason_code, cls.reason_values)


def stored(reason: Reason) -> dict[str, Any]:
    """The two columns of a reason, for statements that name columns."""
    return {"reason_code": reason.code, "reason_values": reason.values}


def first_true(*cases: tuple[ColumnElement[bool], Reason], otherwise: Reason) -> dict[str, Any]:
    """The two columns as SQL: the reason of the first condition that holds."""
    return {
        "reason_code": case(*((where, why.code) for where, why in cases), else_=otherwise.code),
        "reason_values": case(
            *((where, literal(why.values, ReasonValues)) for where, why in cases),
            else_=literal(otherwise.values, ReasonValues),
        ),
    }


class values_of(FunctionElement[Mapping[str, Any]]):  # noqa: N801 - it is called as a function
    """SQL that makes the values of a reason from columns: `values_of(key=Staged.natural_key)`."""

    inherit_cache = True
    type = ReasonValues()

    def __init__(self, **columns: Any) -> None:
        named = [part for name, column in columns.items() for part in (literal(name), column)]
        super().__init__(*named)


@compiles(values_of, "sqlite")
def _in_sqlite(element: values_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@compiles(values_of, "postgresql")
def _in_postgresql(element: values_of, compiler: SQLCompiler, **options: Any) -> str:
    arguments = ", ".join(f"CAST({compiler.process(each, **options)} AS TEXT)" for each in element.clauses)
    return f"CAST(json_build_object({arguments}) AS TEXT)"
