"""Live sync: what Schoology's events, and sweeps after lost ones, make the app send by itself."""
