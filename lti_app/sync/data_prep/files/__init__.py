"""Files of pairs: read, checked line by line, kept, and applied by a job once a person has confirmed it."""
