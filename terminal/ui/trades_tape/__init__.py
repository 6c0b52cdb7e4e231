"""The trades tape: public prints, newest on top."""
