"""The order ticket: an order as it is typed, checked, shown with its receipt, confirmed and sent."""
