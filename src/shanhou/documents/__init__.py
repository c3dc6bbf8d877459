"""文书: what lawyers, registries, tax offices and courts ask for on paper, filled from the case."""
