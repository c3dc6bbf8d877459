"""处置: situations, decisions and the plan."""
