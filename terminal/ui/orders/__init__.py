"""Working orders, order history and fills of all accounts."""
