"""People's data: export, erasure, legal holds, and what is kept of people who left."""
