"""The depth curve: cumulative size on both sides of the touch."""
