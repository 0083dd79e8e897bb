"""How rows are kept: links, the audit, bulk loading, paging, SQLite's settings."""
