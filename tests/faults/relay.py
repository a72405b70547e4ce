"""A TCP relay between Cellar and a gateway, which a test tells what harm to do."""

import contextlib
import socket
import struct
import threading
import time

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST


def close(one):
    # A thread that reads it must wake, too.
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


class Relay:
    def __init__(self, port):
        self.port = port
        self.changed = threading.Condition()
        self.connections = set()
        self.refusals = []     # answers instead of the gateway's, to the next requests for a kernel
        self.refused = []      # when
        self.silenced = False  # the answer to a request for a kernel stays here
        self.dropped = None    # "to client" or "to gateway": nothing passes that way
        self.limit = None      # bytes to the client, of all WebSockets, before they are reset
        self.resets = 0
        self.server = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def refuse(self, *answers):
        """Status lines, with headers: "429 Too Many Requests\\r\\nRetry-After: 1"."""
        self.refusals = list(answers)

    def drop(self, direction):
        with self.changed:
            self.dropped = direction

    def restore(self):
        with self.changed:
            self.dropped = None
            self.silenced = False
            self.changed.notify_all()

    def reset(self):
        """All connections, with RST on both sides."""
        with self.changed:
            pairs, self.connections = self.connections, set()
            self.resets += 1
        for pair in pairs:
            for one in pair:
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                    close(one)

    def accept(self):
        while True:
            client, _ = self.server.accept()
            try:
                gateway = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                client.close()
                continue
            pair = (client, gateway)
            with self.changed:
                self.connections.add(pair)
            state = {"websocket": False, "asks": False}
            for pump in (self.pump_to_gateway, self.pump_to_client):
                threading.Thread(target=pump, args=(*pair, state), daemon=True).start()

    def pump_to_gateway(self, client, gateway, state):
        with contextlib.suppress(OSError):
            while chunk := client.recv(1 << 16):
                if b"/channels?" in chunk[:200]:
                    state["websocket"] = True
                if chunk.startswith(b"POST /api/sessions"):
                    state["asks"] = True
                    if self.refuse_for(client):
                        raise OSError("refused")
                self.wait_while(lambda: self.dropped == "to gateway")
                gateway.sendall(chunk)
            self.wait_while(lambda: self.dropped == "to gateway")
            gateway.shutdown(socket.SHUT_WR)  # what the gateway has to say still comes
            return
        self.forget(client, gateway)

    def pump_to_client(self, client, gateway, state):
        with contextlib.suppress(OSError):
            while chunk := gateway.recv(1 << 16):
                self.wait_while(lambda: self.dropped == "to client" or
                                (self.silenced and state["asks"]))
                if state["websocket"] and self.limit is not None:
                    self.limit -= len(chunk)
                    if self.limit < 0:
                        self.limit = None
                        self.reset()
                        return
                client.sendall(chunk)
        # Behind a cut line the gateway does not learn that the client is gone.
        self.wait_while(lambda: self.dropped == "to gateway")
        self.forget(client, gateway)

    def refuse_for(self, client):
        if not self.refusals:
            return False
        head = self.refusals.pop(0)
        self.refused.append(time.monotonic())
        head = f"HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        client.sendall(head.encode())
        return True

    def wait_while(self, held):
        with self.changed:
            self.changed.wait_for(lambda: not held())

    def forget(self, *pair):
        with self.changed:
            self.connections.discard(pair)
        for one in pair:
            close(one)
