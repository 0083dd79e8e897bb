"""What the demo prints, and what is entered for the sandbox of each SIS."""

from __future__ import annotations

STORY = """
Open {schoology}

  1. Choose Avery Admin, open the app launcher, and open SIS Integration.
  2. Setup code          {code}
  3. Acting User         select "Make me the Acting User" and approve.
  4. Credentials         {credentials}
  5. Schools and Terms   refresh the data, accept the suggestions, create what is missing.
  6. Users, Courses, Sections: select the schools and save; confirm the SIS data check on Configuration.
  7. Select Sync now, watch it, and look at Logs. The people are now in {schoology}/people.
  8. Select "Make tomorrow" in {sis} and sync again.

Press Ctrl-C to stop all three.
"""
READY = """
Open {schoology}

  Everything is set up, and the first sync is done.
  Administrator   choose Avery Admin, open the app launcher, and open SIS Integration.
  Teacher         open the course above, be its teacher, add graded items, and open SIS Integration.
{more}
Press Ctrl-C to stop everything.
"""
TOMORROW = """  The next day    select "Make tomorrow" in {sis}, then Sync now on the Users tab.
"""
CREDENTIALS = {
    "eschoolplus": """Domain {sis} · Site Code demo
                         Login Name schoology · Password sandbox-password""",
    "oneroster": """choose OneRoster, select Show fields, then
                         Base address {sis}
                         Token address {sis}/ims/oneroster/token
                         Client ID sandbox · Client secret sandbox-secret""",
}
SANDBOX: dict[str, tuple[dict[str, str], str, str]] = {
    "eschoolplus": (
        {"domain": "{sis}", "site_code": "demo", "login_name": "schoology"},
        "password",
        "sandbox-password",
    ),
    "oneroster": (
        {"base_url": "{sis}", "token_url": "{sis}/ims/oneroster/token", "client_id": "sandbox"},
        "client_secret",
        "sandbox-secret",
    ),
}
"""SIS → what is entered for the sandbox's: settings, the name of the secret, and the secret."""
