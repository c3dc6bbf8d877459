"""收集: readers of what the company holds, and intake."""
