"""A district, its two systems and the app's processes, simulated: one seed is one story, faults included."""
