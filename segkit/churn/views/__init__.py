"""Churn on a page: records go in; tables, charts and sentences come out."""
