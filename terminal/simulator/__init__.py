"""The venues on loopback, real HTTP and WebSocket, written from their documents: `python -m terminal.simulator`."""
