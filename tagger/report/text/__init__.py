"""Reports as plain text, CSV, JSON Lines, JSON and M3U8."""
