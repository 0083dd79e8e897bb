"""What the demo prints, and what is entered for the sandbox of each SIS."""

from __future__ import annotations

STEPS = (
    "Choose Avery Admin, open the app launcher, and open SIS Integration.",
    "Setup code          {code}",
    'Acting User         select "Make me the Acting User" and approve.',
    "Credentials         {credentials}",
    "Schools and Terms   refresh the data, accept the suggestions, create what is missing.",
    "Users, Courses, Sections: select the schools and save; confirm the SIS data check on Configuration.",
    "Select Sync now, watch it, and look at Logs. The people are now in {schoology}/people.",
    'Select "Make tomorrow" in {sis} and sync again.',
)
DATA_PREP = (
    "Data Prep           this Schoology was used before: get the data, accept the suggestions, decide the\n"
    "                         others by reason, and confirm."
)
"""Comes before the first sync of a Schoology that was used before."""
READY = """
  Everything is set up, and the first sync is done.
"""
READY_AND_USED = """
  Everything is set up. This Schoology was used before, so people who may be there already are on hold.
  Data Prep       discard what is on hold, get the data from both systems, decide, confirm, and sync again.
"""
ROLES = """  Administrator   choose Avery Admin, open the app launcher, and open SIS Integration.
  Teacher         open the course above, be its teacher, add graded items, and open SIS Integration.
"""
TOMORROW = """  The next day    select "Make tomorrow" in {sis}, then Sync now on the Users tab.
"""
COMMANDS = """
Commands such as 'flask --app wsgi jobs list' work on this demo in another terminal, after
  . {environment}
"""
END = """
Press Ctrl-C to stop everything.
"""


def story(sis: str, *, ready: bool, mess: bool, own: bool, places: dict[str, str]) -> str:
    """What to open and what to do, for what was started. `places` names the addresses, the setup code and the
    file of the environment; `own` is an SIS that isn't the sandbox's."""
    if ready:
        body = (READY_AND_USED if mess else READY) + ROLES + ("" if own else TOMORROW)
    else:
        steps = [*STEPS[:6], *([DATA_PREP] if mess else ()), *STEPS[6:]]
        body = "".join(f"\n  {number}. {each}" for number, each in enumerate(steps, 1)) + "\n"
    credentials = CREDENTIALS[sis].format(**places)
    text = "\nOpen {schoology}\n" + body + COMMANDS + END
    return text.format(credentials=credentials, **places)


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
