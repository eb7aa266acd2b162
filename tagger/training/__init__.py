"""From data sets to models and their figures."""
