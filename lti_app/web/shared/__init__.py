"""What admin and course pages share."""
