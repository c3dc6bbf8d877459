"""执行: what the approved plan does to the world, step by step."""
