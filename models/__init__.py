"""The bundled models and their cards: data, no code."""
