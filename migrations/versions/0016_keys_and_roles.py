"""keys and roles

Revision ID: 0016
Revises: 0015

What was read out of an id stands in a column of its own, and a term has one key. All rows of before are of
eSchoolPLUS, whose spellings this migration may take apart.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NUMBERED = {"link": "sis_id", "staged": "sis_id", "change": "sis_id", "prep_row": "ident"}
"""Table → the column of its SIS id."""
ROLE = """UPDATE {table} SET role = CASE
  WHEN kind = 'user' AND {key} LIKE 'student:%' THEN 'student'
  WHEN kind = 'user' AND {key} LIKE 'staff:%' THEN 'staff'
  WHEN kind = 'user' AND {key} LIKE 'contact:%' THEN 'contact'
  WHEN kind = 'enrollment' AND person LIKE 'staff:%' THEN 'teacher'
  WHEN kind = 'enrollment' THEN 'student'
  ELSE '' END WHERE kind IN ('user', 'enrollment')"""
NUMBER = """UPDATE {table} SET number = CASE
  WHEN kind = 'course' THEN substr({key}, {place}({key}, '|') + 1)
  ELSE substr({key}, {place}({key}, ':') + 1) END WHERE kind IN ('user', 'course')"""
FEED = """UPDATE {table} SET feed = CASE
  WHEN kind = 'user' AND role = 'contact' THEN 'guardians'
  WHEN kind = 'user' THEN 'people'
  WHEN kind = 'parent_link' THEN 'guardians'
  WHEN kind = 'course' THEN 'courses'
  WHEN kind = 'section' THEN 'sections'
  ELSE 'seats' END"""
OURS = " AND side = 'sis'"
SHARED = (
    "name",
    "position",
    "starts_on",
    "ends_on",
    "grading_period_id",
    "grading_period_title",
    "grading_period_start",
    "grading_period_end",
    "seen_at",
)
"""Columns of a term that stay."""
IDENTITY = ("building", "track", "school_year", "summer", "marking_period")


def upgrade() -> None:
    for table, key in NUMBERED.items():
        with op.batch_alter_table(table, recreate="never") as batch:
            for column in _added(table):
                batch.add_column(sa.Column(column, sa.String(), nullable=False, server_default=""))
        ours = OURS if table == "prep_row" else ""
        place = "instr" if op.get_bind().dialect.name == "sqlite" else "strpos"
        op.execute(ROLE.format(table=table, key=key) + ours)
        op.execute(NUMBER.format(table=table, key=key, place=place) + ours)
        if "feed" in _added(table):
            op.execute(FEED.format(table=table) + ours.replace(" AND", " WHERE"))
    op.create_index("ix_prep_row_run_id_number", "prep_row", ["run_id", "kind", "side", "number"])
    _terms_by_key()


def _added(table: str) -> tuple[str, ...]:
    return ("role", "number", "feed") if table in ("staged", "prep_row") else ("role", "number")


def _terms_by_key() -> None:
    rows = _terms()
    op.drop_table("term")
    made = op.create_table(
        "term",
        *_head(),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("buildings", sa.JSON(), nullable=False),
        sa.Column("school_year", sa.Integer()),
        sa.Column("code", sa.String(), nullable=False),
        *_tail(),
        sa.UniqueConstraint("installation_id", "key", name="uq_term_installation_id_key"),
    )
    op.bulk_insert(
        made,
        [
            {
                **_kept(each),
                "key": "|".join(
                    (
                        each["building"],
                        each["track"],
                        str(each["school_year"]),
                        "S" if each["summer"] else "",
                        each["marking_period"],
                    )
                ),
                "kind": "summer" if each["summer"] else "grading_period",
                "parent": "",
                "buildings": [each["building"]],
                "school_year": each["school_year"],
                "code": each["marking_period"],
            }
            for each in rows
        ],
    )


def downgrade() -> None:
    rows = _terms()
    op.drop_table("term")
    made = op.create_table(
        "term",
        *_head(),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("summer", sa.Boolean(), nullable=False),
        sa.Column("marking_period", sa.String(), nullable=False),
        *_tail(),
        sa.UniqueConstraint(
            "installation_id", *IDENTITY, name=op.f(f"uq_term_installation_id_{'_'.join(IDENTITY)}")
        ),
    )
    parts = [(each, each["key"].split("|")) for each in rows]
    op.bulk_insert(
        made,
        [
            {
                **_kept(each),
                "building": building,
                "track": track,
                "school_year": int(year),
                "summer": bool(summer),
                "marking_period": period,
            }
            for each, (building, track, year, summer, period) in (
                (each, key) for each, key in parts if len(key) == len(IDENTITY)
            )
        ],
    )
    op.drop_index("ix_prep_row_run_id_number", table_name="prep_row")
    for table in NUMBERED:
        with op.batch_alter_table(table, recreate="never") as batch:
            for column in _added(table):
                batch.drop_column(column)


def _head() -> tuple[sa.Column, ...]:
    return (
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "installation_id",
            sa.Integer(),
            sa.ForeignKey("installation.id", name="fk_term_installation_id_installation"),
            nullable=False,
        ),
    )


def _tail() -> tuple[sa.Column, ...]:
    return (
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("grading_period_id", sa.String(), nullable=False),
        sa.Column("grading_period_title", sa.String(), nullable=False),
        sa.Column("grading_period_start", sa.Date()),
        sa.Column("grading_period_end", sa.Date()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )


def _terms() -> list[sa.RowMapping]:
    table = sa.Table("term", sa.MetaData(), autoload_with=op.get_bind())
    return list(op.get_bind().execute(sa.select(table)).mappings())


def _kept(row: sa.RowMapping) -> dict[str, object]:
    return {name: row[name] for name in ("installation_id", *SHARED)}
