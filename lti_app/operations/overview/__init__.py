"""What the Overview tab says: whether everything is all right, and if not, what needs a person."""
