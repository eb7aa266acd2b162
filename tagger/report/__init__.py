"""What leaves emotag as data: rows of CSV and JSON Lines."""
