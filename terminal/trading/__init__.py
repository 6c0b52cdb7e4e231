"""Orders and money: the order desk, its journal, risk checks, reconciliation, portfolio and arming."""
