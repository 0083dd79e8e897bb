"""Pure: preflight, dates, marks, compare, match, brake."""
