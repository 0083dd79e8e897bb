"""Which release this is, and where the folders are that go with it.

In a checkout, templates/ and migrations/ are beside the package; in an installed wheel, lti_app.packing has
put them into it.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
DISTRIBUTION = "schoology-sis-integration"
COMMIT = "commit.txt"
"""Where a wheel says what commit it was built from. git writes it into an archive, too (.gitattributes)."""
LENGTH = 12
"""Digits of a commit that are shown."""


def is_installed() -> bool:
    """Whether the app runs from an installed wheel, not from a checkout."""
    return (PACKAGE / "templates").is_dir()


def folder(name: str) -> Path:
    """templates or migrations."""
    return (PACKAGE if is_installed() else CHECKOUT) / name


@cache
def version() -> str:
    """The version in setup.cfg, as it was installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"


@cache
def commit() -> str:
    """The first digits of the commit; empty where neither a wheel nor a checkout says it."""
    if is_installed():
        file = PACKAGE / COMMIT
        return file.read_text("utf-8").strip() if file.is_file() else ""
    return commit_of(CHECKOUT)


def commit_of(checkout: Path) -> str:
    """The commit of a checkout, or of an archive that git made of it; empty where nothing says it."""
    import subprocess

    if not (checkout / ".git").exists():
        return _archived(checkout / PACKAGE.name / COMMIT)
    command = ["git", "-C", str(checkout), "rev-parse", f"--short={LENGTH}", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _archived(file: Path) -> str:
    """What git has put into the file of an archive; a copied checkout still has the place for it."""
    text = file.read_text("utf-8").strip() if file.is_file() else ""
    return "" if "$" in text else text[:LENGTH]
