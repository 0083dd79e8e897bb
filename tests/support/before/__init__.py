"""A synced district as an earlier version of the app left it, to see what an upgrade makes of it."""
