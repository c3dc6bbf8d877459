"""Three made-up companies with the truth about them, and a scorer that knows no product."""
