"""A believable district for trying the product: invented people, area codes that do not exist, deterministic figures."""
