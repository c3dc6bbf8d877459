"""Words, dates, numbers and outcomes as templates write them."""
