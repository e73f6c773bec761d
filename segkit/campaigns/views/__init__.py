"""Campaigns on a page: records in; tables, charts and sentences out."""
