"""善后: closes a company's customer data, and proves it to people who do not trust it."""

__version__ = "0.1.0"
