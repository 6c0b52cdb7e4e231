"""The bar under the docks: how the program itself is doing."""
