"""One process per data directory: a second start raises the first window and ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal

# the lock is taken before the first frame, networking is needed after it
if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_CONNECT_MS = 1_000
_RAISE = b"raise\n"


class SingleInstance(QObject):
    """Holds the data directory's lock. `raise_asked` is emitted when another start found it taken."""

    raise_asked = Signal()

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self._lock = QLockFile(str(data_dir / "lock"))
        # a lock whose process is gone is taken over; age alone proves nothing, the window may be open for weeks
        self._lock.setStaleLockTime(0)
        self._data_dir = data_dir
        self._server: QLocalServer | None = None

    def acquire(self) -> bool:
        """Take the lock; False when another process holds it."""
        return self._lock.tryLock(0)

    def listen(self) -> None:
        """Begin to answer later starts; needs a running application object."""
        from PySide6.QtNetwork import QLocalServer

        name = self._name()
        QLocalServer.removeServer(name)  # left behind by a killed process
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(name)

    def ask_to_raise(self) -> bool:
        """Ask the process that holds the lock to show its window; False when it does not answer."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name())
        if not socket.waitForConnected(_CONNECT_MS):
            return False
        socket.write(_RAISE)
        told = socket.waitForBytesWritten(_CONNECT_MS)
        socket.disconnectFromServer()
        return told

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _name(self) -> str:
        import hashlib

        digest = hashlib.sha256(str(self._data_dir.resolve()).encode()).hexdigest()[:16]
        return f"fathom-{digest}"

    def _on_connection(self) -> None:
        server = self._server
        if server is None:
            return
        connection = server.nextPendingConnection()
        connection.disconnected.connect(connection.deleteLater)
        self.raise_asked.emit()
