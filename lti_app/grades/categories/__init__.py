"""The SIS's categories in Schoology: planned, shown, made, and removed again where no one uses them."""
