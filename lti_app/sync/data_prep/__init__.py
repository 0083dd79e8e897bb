"""Data Prep: read both sides, propose pairs, let people decide, link what they accepted. Sends nothing."""
