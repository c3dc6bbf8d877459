"""法规: rules as cited data, the rulebook that reads them."""
