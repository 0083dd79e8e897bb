"""Send a plan to Schoology and keep each outcome."""
