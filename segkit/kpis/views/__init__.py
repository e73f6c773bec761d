"""Key figures on a page: headline, tiles, changes, control charts."""
