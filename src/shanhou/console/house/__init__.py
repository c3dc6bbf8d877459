"""What console and portal have in common: folder and database, granian, language, log."""
