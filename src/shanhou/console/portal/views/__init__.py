"""What the pages of the portal do."""
