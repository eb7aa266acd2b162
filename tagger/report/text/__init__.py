"""Reports as text, CSV, JSON and M3U8."""
