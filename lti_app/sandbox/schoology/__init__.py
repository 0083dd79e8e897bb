"""The sandbox Schoology."""
