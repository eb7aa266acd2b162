"""Regular files, durable writes and output files."""
