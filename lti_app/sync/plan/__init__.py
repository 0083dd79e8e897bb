"""What one run wants to do, and what holds it for review."""
