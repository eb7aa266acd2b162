"""The music library: its folders."""
