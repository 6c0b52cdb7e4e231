"""The ChainUp engine's version 1 API, as Crypto.com Exchange served it (PROTOCOLS section 4)."""
