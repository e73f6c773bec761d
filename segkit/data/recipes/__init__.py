"""Dataset files for the exports of systems and for public data sets, which a dataset file names as `like: shopify`."""
