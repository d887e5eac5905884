"""Pages, one module a noun. Each module lists its own addresses."""
