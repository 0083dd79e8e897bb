"""What a wheel is packed with beyond the package: setuptools runs this when it builds one (setup.cfg).

`templates/` and `migrations/` are at the top level of the repository and go into the package, so that an
installed app has them beside its code, and so does the commit it was built from.
"""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

FOLDERS = ("templates", "migrations")


class WithFolders(build_py):
    """Packs the folders into lti_app; an editable install uses them where they are."""

    def run(self) -> None:
        """Build the package, then copy the folders into it. Nothing of a former build stays."""
        package = Path(self.build_lib) / "lti_app"
        if not self.editable_mode:
            shutil.rmtree(package, ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        release = runpy.run_path("lti_app/release.py")  # the package can't be imported before it's installed
        for name in FOLDERS:
            shutil.copytree(name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
        (package / release["COMMIT"]).write_text(release["commit_of"](Path.cwd()), "utf-8")
