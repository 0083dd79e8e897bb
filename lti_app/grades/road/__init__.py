"""One road for every write to the SIS: gather, decide, write down, carry out."""
