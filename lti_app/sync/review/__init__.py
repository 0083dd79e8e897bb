"""What people ask of a sync before and after: why, preview, lost objects, the change of the school year."""
