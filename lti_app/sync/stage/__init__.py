"""Read the SIS into rows of this run."""
