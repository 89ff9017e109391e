"""Training and long measurements beside the product: models, speed, load. Not in the package."""
