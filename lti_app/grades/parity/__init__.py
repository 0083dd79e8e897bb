"""Pure: do both gradebooks come to the same averages, and why not."""
