"""Segments on a page: records become tables, charts and sentences."""
