"""`make audit`: known vulnerabilities of what is locked, and a list of components.

It runs with the tools of `.venv/tools`. A package that no advisory source knows was not looked at: that is
said in capitals and isn't taken for a clean bill.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "tests/requirements.lock")
COMPONENTS = Path("dist/components.cdx.json")


def main() -> int:
    """0 when nothing is known of any package that could be looked at, 1 otherwise."""
    _list_components()
    well = True
    for lock in LOCKS:
        command = [
            "pip_audit",
            "--disable-pip",
            "--require-hashes",
            "--requirement",
            lock,
            "--format",
            "json",
        ]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        fine, lines = verdict(lock, done.stdout, done.stderr)
        print("\n".join(lines))  # noqa: T201 - what the person asked for
        well = well and fine
    return 0 if well else 1


def verdict(lock: str, report: str, errors: str) -> tuple[bool, list[str]]:
    """Whether nothing is known, and what to say, of the JSON that pip-audit printed and its errors."""
    try:
        found: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        why = (errors.strip().splitlines() or ["it said nothing"])[-1]
        return True, [f"THE AUDIT OF {lock.upper()} WAS SKIPPED: NO ADVISORY SOURCE ANSWERED ({why[:200]})"]
    skipped = [each["name"] for each in found if "skip_reason" in each]
    known = [
        f"{each['name']} {each['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'none'}"
        for each in found
        for one in each.get("vulns", ())
    ]
    looked_at = len(found) - len(skipped)
    lines = [f"{lock}: {looked_at} of {len(found)} packages were looked at.", *known]
    if skipped:
        lines.append(
            f"{len(skipped)} PACKAGES WERE SKIPPED: NO ADVISORY SOURCE KNOWS THEM ({' '.join(skipped)})"
        )
    return not known, lines


def _list_components() -> None:
    COMPONENTS.parent.mkdir(exist_ok=True)
    command = ["cyclonedx_py", "requirements", LOCKS[0], "--output-file", str(COMPONENTS)]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    print(f"The components of a server are listed in {COMPONENTS} (CycloneDX).")  # noqa: T201 - as above


if __name__ == "__main__":
    raise SystemExit(main())
