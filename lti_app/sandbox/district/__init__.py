"""The seeded school district."""
