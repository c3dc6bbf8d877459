"""Where the states of the cases lie: in their folders, or in the console's own database."""
