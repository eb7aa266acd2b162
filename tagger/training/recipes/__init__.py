"""Recipes: how a model is trained and evaluated, from the data set to the saved model."""
