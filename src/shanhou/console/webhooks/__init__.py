"""Events told to other programs, and their delivery."""
