"""How accounts of a district's people came to be as they are in Schoology, each way with its weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from lti_app.sandbox.district.names import slug
from lti_app.sandbox.district.records import Staff, Student
from lti_app.sandbox.schoology.memory import STAFF, STUDENT, TEACHER
from lti_app.sandbox.schoology.objects import StoreError

OLD_HAND = (
    "Quentin Zabriskie",
    "Wilhelmina Oyelaran",
    "Thaddeus Quill",
    "Xiomara Vandersloot",
    "Ulrich Yost",
)
MARRIED = ("Abernathy-Lund", "Castellanos Vega", "Featherstone", "Okonkwo-Hale", "Winterbourne")


@dataclass(frozen=True)
class Account:
    """What an account says; by default what the SIS says of the person."""

    sis_id: str
    first: str
    last: str
    username: str
    email: str
    role: int
    place: int
    year: str = ""
    school_uid: str = ""
    inactive: bool = False


@dataclass(frozen=True)
class Way:
    """One way of keeping an account, the people it suits, and the second account that comes with it."""

    name: str
    weight: int
    make: Callable[[Account, Random], Account]
    fits: Callable[[Account], bool] = lambda _: True
    second: Callable[[Account, Random], Account] | None = None


class Desk:
    """Opens accounts; what another account has already is left out or numbered."""

    def __init__(self, store: Any, rng: Random, places: dict[int, int]) -> None:
        self.store, self.rng, self.places = store, rng, places

    def student(self, person: Student) -> Account:
        """A student as the SIS has them."""
        return Account(
            person.student_id,
            person.first_name,
            person.last_name,
            person.login_id,
            person.email,
            STUDENT,
            self.places.get(person.building, 0),
            str(person.graduation_year or ""),
        )

    def staff(self, person: Staff) -> Account:
        """A member of staff as the SIS has them."""
        main = next((each for each in person.buildings if each.primary), person.buildings[0])
        role = TEACHER if any(each.is_teacher for each in person.buildings) else STAFF
        place = self.places.get(main.building, 0) if any(each.active for each in person.buildings) else 0
        return Account(
            person.staff_id, person.first_name, person.last_name, person.login_id, person.email, role, place
        )

    def open(self, account: Account) -> Any:
        """Make the account, as much of it as Schoology takes."""
        fields: dict[str, Any] = {
            "name_first": account.first,
            "name_last": account.last,
            "username": account.username,
            "primary_email": account.email,
            "role_id": account.role,
            "building_id": account.place,
            "grad_year": account.year,
            "school_uid": account.school_uid,
        }
        made = self._add(fields, account)
        if account.inactive:
            self.store.deactivate_user(made.uid)
        return made

    def _add(self, fields: dict[str, Any], account: Account) -> Any:
        for attempt in range(2, 50):
            try:
                return self.store.add_user(**fields)
            except StoreError as error:
                if "email" in error.message.lower():
                    fields["primary_email"] = ""
                if "Unique ID" in error.message:
                    fields["school_uid"] = ""
                fields["username"] = f"{slug(account.username or account.last)}{attempt}"
        raise ValueError(f"no account could be made for {account.sis_id}")


def _is_student(account: Account) -> bool:
    return account.role == STUDENT


def _exact(account: Account, _rng: Random) -> Account:
    return replace(account, school_uid=account.sis_id)


def _without_zeros(account: Account, _rng: Random) -> Account:
    return replace(account, school_uid=account.sis_id.lstrip("0"))


def _zero_filled(account: Account, _rng: Random) -> Account:
    return replace(account, school_uid=account.sis_id.zfill(9))


def _by_hand(account: Account, _rng: Random) -> Account:
    return account


def _old_mail(account: Account, _rng: Random) -> Account:
    return replace(account, email=f"{account.username}@old-mail.example")


def _new_login(account: Account, rng: Random) -> Account:
    login = f"{slug(account.last)[:4]}{rng.randrange(10_000, 99_999)}"
    return replace(account, username=login, email=f"{login}@old-mail.example")


def _married(account: Account, rng: Random) -> Account:
    return replace(account, last=rng.choice(MARRIED), username=f"m.{account.username}")


def _short(account: Account, _rng: Random) -> Account:
    return replace(
        account, first=account.first[:3], school_uid=account.sis_id, username=f"s.{account.username}"
    )


def _inactive(account: Account, _rng: Random) -> Account:
    return replace(account, school_uid=account.sis_id, inactive=True)


def _bare(account: Account, rng: Random) -> Account:
    login = f"x{rng.randrange(10**6, 10**7)}"
    return replace(account, username=login, email="", year="")


def _wrong_role(account: Account, _rng: Random) -> Account:
    return replace(account, school_uid=account.sis_id, role=TEACHER)


ACCOUNTS = (
    Way("exact", 34, _exact),
    Way("without_zeros", 90, _without_zeros, lambda account: account.sis_id.startswith("0")),
    Way("zero_filled", 6, _zero_filled),
    Way("by_hand", 16, _by_hand, lambda account: bool(account.email)),
    Way("changed_email", 10, _old_mail, lambda account: bool(account.email)),
    Way("new_login", 7, _new_login, _is_student),
    Way("married", 6, _married, lambda account: bool(account.email)),
    Way("nickname", 4, _short),
    Way("inactive", 3, _inactive, _is_student),
    Way("twice", 3, _exact, _is_student, _bare),
    Way("twice_unclear", 1, _bare, _is_student, _bare),
    Way("wrong_role", 1, _wrong_role, _is_student),
)
