"""What both syncs share: runs, lines, words, the permit to write, and how a job ends in an outage."""
