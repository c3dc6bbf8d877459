"""清点: what is in each column, about whom, and how tables relate."""
