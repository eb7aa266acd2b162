"""Access to regular files, durable writes, and output files."""
