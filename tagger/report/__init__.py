"""Reports on songs, libraries, data sets and evaluations, as text, data and HTML pages."""
