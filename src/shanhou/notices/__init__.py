"""告知: letters, channels and the outbox."""
