"""What other programs make of the tags and playlists that emotag writes."""
