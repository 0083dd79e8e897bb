"""A district from OneRoster CSV files."""
