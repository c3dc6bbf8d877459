"""What the worker writes for the pages to show: counts, rules, masked samples."""
