"""Recipes: what is trained and measured, and how."""
