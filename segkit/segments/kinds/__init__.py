"""The kinds of segmentation, a module each; params/datasets/*.yaml names them."""
