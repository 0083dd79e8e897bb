"""What a person decides about grades, pressed as the page shows it: each button carries what was shown."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.support.admin_pages import Pages
from tests.support.gradebook import Class

SYNC = "/course/sync"


def shown_with(page: str, action: str) -> str:
    """What a form of the page carries of what it shows."""
    form = page.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    found = re.search(r'name="shown" value="([^"]*)"', form)
    assert found is not None, f"the form of {action} carries nothing"
    return found.group(1)


def decide(pages: Pages, way: str, *, page: str = "/course/sync", **fields: Any) -> str:
    """Let what is held go, or keep it: exactly as the page shows it."""
    action = "/admin/live/decide" if page.startswith("/admin") else "/course/live/decide"
    shown = shown_with(pages.press(page), action)
    return words(pages.press(action, way=way, shown=shown, **fields))


def release(pages: Pages) -> str:
    """Have the backlog of the course sent, as the page shows it."""
    shown = shown_with(pages.press(SYNC), "/course/live/release")
    return words(pages.press("/course/live/release", shown=shown))


def release_all(pages: Pages) -> str:
    """Have the backlog of every course sent, as the page shows it."""
    shown = shown_with(pages.press("/admin/live"), "/admin/live/release")
    return words(pages.press("/admin/live/release", section="all", shown=shown))


def conflict_button(pages: Pages, room: Class, item: Any, number: int, way: str) -> str:
    """The value of the button Send (overwrite) or Keep of a score that waits."""
    found = re.search(
        rf'formaction="/course/sync/{way}" name="score" value="({item.id}:{room.student(number)}:[^"]*)"',
        pages.press(SYNC),
    )
    assert found is not None, "no such button"
    return found.group(1)


def answer_conflict(pages: Pages, room: Class, item: Any, number: int, way: str) -> str:
    """Press Send (overwrite) or Keep beside a score that waits."""
    value = conflict_button(pages, room, item, number, way)
    return words(pages.press(f"/course/sync/{way}", score=value))


def kept_ids(page: str) -> list[str]:
    """The rows of scores that the page offers to put back, newest first."""
    return re.findall(r'class="btn btn-outline-secondary btn-sm" name="kept" value="(\d+)"', page)


def excuse_button(pages: Pages, student: str) -> dict[str, str]:
    """What the button *Excuse earlier work* of a student carries."""
    named = rf'name="student" value="{student}"><input type="hidden" name="shown" value="([0-9a-f]+)"'
    found = re.search(named, pages.press(SYNC))
    assert found is not None, "no such button"
    return {"student": student, "shown": found.group(1)}


def remove(pages: Pages, gone: list[str]) -> str:
    """Say yes to the removal of assignments, exactly as it is asked about."""
    shown = shown_with(pages.press("/course/sync/remove", gone=gone), "/course/sync/remove")
    fields = {"gone": gone, "confirm": "yes", "let_go": "yes", "shown": shown}
    return words(pages.press("/course/sync/remove", **fields))


def put_back(pages: Pages, *, everything: bool = False) -> str:
    """Press Put back beside the newest score, or Put all back."""
    ids = kept_ids(pages.press(SYNC))
    return words(pages.press("/course/sync/restore", kept=ids if everything else ids[:1]))


def press_sync(pages: Pages) -> str:
    """Press Sync grades as the page shows it."""
    shown = shown_with(pages.press(SYNC), "/course/sync/start")
    return words(pages.press("/course/sync/start", which="all", shown=shown))


def words(page: str) -> str:
    """A page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
