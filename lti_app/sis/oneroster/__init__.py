"""OneRoster 1.1 and 1.2 over REST: one tolerant reader, one strict writer, and a table of what vendors do."""
