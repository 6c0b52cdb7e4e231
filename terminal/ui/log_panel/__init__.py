"""The log: what happened, in plain words."""
