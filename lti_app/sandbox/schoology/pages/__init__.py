"""Its human pages."""
