"""Its REST API."""
