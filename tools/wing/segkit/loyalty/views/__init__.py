"""Views: records in, tables and charts out."""
