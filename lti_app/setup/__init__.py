"""What an administrator sets up: connection, schools, terms, choices, and the checklist."""
