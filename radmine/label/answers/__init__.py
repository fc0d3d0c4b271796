"""Answers of people, tools and language models, and the truth that voters learn from."""
