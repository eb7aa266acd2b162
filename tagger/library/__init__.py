"""The music library: its files, its store, and the songs in it."""
