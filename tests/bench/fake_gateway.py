#!/usr/bin/python3
"""A gateway without kernels for the bench: it speaks REST and WebSocket as jupyter_server does, and
its cells take as long as their code says ("seconds 1.0"). It notes when each execute_request came, and
how long behind the end of the cell before. GET /stats tells; the port is its first line of output.
"""

import asyncio
import json
import time
import uuid

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

KERNELS = {}  # by id
SESSIONS = {}  # the kernel's id by the session's
ARRIVALS = []  # (code, when), on the monotonic clock
LATENESS = []  # seconds from the end of a cell to the next request on that kernel


class Kernel:
    def __init__(self):
        self.id = str(uuid.uuid4())
        self.process = uuid.uuid4().hex
        self.count = 0
        self.ended_at = None
        self.running = False
        self.socket = None
        KERNELS[self.id] = self

    def model(self):
        return {"id": self.id, "name": "python3", "last_activity": "2026-11-23T02:00:00.000000Z",
                "execution_state": "busy" if self.running else "idle", "connections": 1}

    def say(self, channel, kind, parent, content):
        if self.socket is None:
            return
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.process,
                  "username": "bench", "date": "2026-11-23T02:00:00.000000Z", "version": "5.3"}
        self.socket.write_message(json.dumps({
            "channel": channel, "header": header, "msg_id": header["msg_id"], "msg_type": kind,
            "parent_header": parent, "metadata": {}, "content": content, "buffers": []}))

    def take(self, message):
        parent, kind = message["header"], message["header"]["msg_type"]
        if kind == "kernel_info_request":
            self.say("iopub", "status", parent, {"execution_state": "busy"})
            self.say(message["channel"], "kernel_info_reply", parent, {
                "status": "ok", "protocol_version": "5.3", "implementation": "bench",
                "language_info": {"name": "python"}, "banner": ""})
            self.say("iopub", "status", parent, {"execution_state": "idle"})
        elif kind == "execute_request":
            self.begin(parent, message["content"]["code"])

    def begin(self, parent, code):
        now = time.monotonic()
        ARRIVALS.append((code, now))
        if self.ended_at is not None:
            LATENESS.append(now - self.ended_at)
        self.count += 1
        self.running = True
        self.say("iopub", "status", parent, {"execution_state": "busy"})
        self.say("iopub", "execute_input", parent, {"code": code, "execution_count": self.count})
        words = code.split()
        seconds = float(words[words.index("seconds") + 1]) if "seconds" in words else 0
        asyncio.get_running_loop().call_later(seconds, self.end, parent)

    def end(self, parent):
        self.say("iopub", "stream", parent, {"name": "stdout", "text": f"cell {self.count}\n"})
        self.running = False
        self.ended_at = time.monotonic()
        self.say("shell", "execute_reply", parent, {
            "status": "ok", "execution_count": self.count, "user_expressions": {}, "payload": []})
        self.say("iopub", "status", parent, {"execution_state": "idle"})


class Api(tornado.web.RequestHandler):
    def get(self):
        self.finish({"version": "1.23.3"})


class Kernelspecs(tornado.web.RequestHandler):
    def get(self):
        spec = {"argv": [], "env": {}, "display_name": "Bench", "language": "python",
                "interrupt_mode": "signal", "metadata": {}}
        self.finish({"default": "python3", "kernelspecs": {
            "python3": {"name": "python3", "spec": spec, "resources": {}}}})


class Sessions(tornado.web.RequestHandler):
    def get(self):
        self.finish(json.dumps([]))

    def post(self):
        kernel, session = Kernel(), str(uuid.uuid4())
        SESSIONS[session] = kernel.id
        self.set_status(201)
        self.finish({"id": session, "path": "", "name": "", "type": "notebook",
                     "kernel": kernel.model()})


class Session(tornado.web.RequestHandler):
    def delete(self, session):
        KERNELS.pop(SESSIONS.pop(session, None), None)
        self.set_status(204)


class KernelModel(tornado.web.RequestHandler):
    def get(self, kernel):
        if kernel not in KERNELS:
            raise tornado.web.HTTPError(404)
        self.finish(KERNELS[kernel].model())


class Channels(tornado.websocket.WebSocketHandler):
    def open(self, kernel):
        self.set_nodelay(True)
        self.kernel = KERNELS[kernel]
        self.kernel.socket = self

    def on_message(self, message):
        self.kernel.take(json.loads(message))

    def on_close(self):
        if self.kernel.socket is self:
            self.kernel.socket = None


class Stats(tornado.web.RequestHandler):
    def get(self):
        self.finish({"kernels": len(KERNELS),
                     "running": sum(kernel.running for kernel in KERNELS.values()),
                     "arrivals": ARRIVALS, "lateness": LATENESS})


async def main():
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1", backlog=1024)
    application = tornado.web.Application([
        ("/api", Api), ("/api/kernelspecs", Kernelspecs), ("/api/sessions", Sessions),
        ("/api/sessions/([^/]+)", Session), ("/api/kernels/([^/]+)", KernelModel),
        ("/api/kernels/([^/]+)/channels", Channels), ("/stats", Stats)],
        log_function=lambda handler: None)
    tornado.httpserver.HTTPServer(application).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
