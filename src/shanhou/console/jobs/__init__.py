"""Long work that a person asks for and the worker does."""
