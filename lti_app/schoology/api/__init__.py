"""The REST API behind the port."""
