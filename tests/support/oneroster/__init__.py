"""OneRoster servers for tests: a district of the sandbox behind one, and one in memory made of rows."""
