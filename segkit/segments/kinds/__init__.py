"""The kinds of segmentation, one module per kind; params/datasets/*.yaml names them."""
