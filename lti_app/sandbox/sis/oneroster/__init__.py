"""The sandbox SIS as OneRoster shows it: 1.1 and 1.2, rosters and gradebook, over the same district."""
