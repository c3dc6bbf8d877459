"""The portal for customers: its own process, addresses, settings and database."""
