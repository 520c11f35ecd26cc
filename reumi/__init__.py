"""ReUmi, "Read Your Mind": the application that puts the four stages together. Nothing imports it."""

__version__ = "0.1.0"
