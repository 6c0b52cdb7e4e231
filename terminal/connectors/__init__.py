"""The shared async connectors: every venue behind one contract. Never Qt."""

from terminal.connectors.registry import open_connector, rate_budget
from terminal.domain.venue import Credentials, Endpoints

__all__ = ["Credentials", "Endpoints", "open_connector", "rate_budget"]
