"""What the course pages show."""
