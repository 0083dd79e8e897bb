"""What runs a district unattended: schedule, health, mail, pruning, removal."""
