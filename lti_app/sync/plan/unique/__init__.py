"""Values that Schoology lets one object have: who holds them, who gets them, and in which order."""
