"""Who comes in: accounts, seats in a case, rights, tokens, and the walls around them."""
