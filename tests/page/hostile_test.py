"""Clients that are slow, idle or talk nonsense, and outputs that are huge: nobody else notices."""

import contextlib
import http.client
import json
import os
import pathlib
import socket

import served

LARGE = '''
kernel = "python3"
[[cell]]
name = "huge"
code = """
for n in range(100): print(f'{n:02}' * 499_999 + 'x', flush=True)
"""
[[cell]]
name = "lines"
code = """
print('\\\\n'.join(f'line {n}' for n in range(1_000_000)))
"""
'''

GATED = '''
kernel = "python3"
[parameters]
gate = ""
[[cell]]
code = """
import os, time
print('before', flush=True)
while not os.path.exists(gate): time.sleep(0.01)
print('behind')
"""
'''


class Crowd(served.Served):
    COMMAND = ["serve"]
    MOST = 200  # connections, as the server has it

    @classmethod
    def prepare(cls):
        pass

    def crowd(self, stack, text=b""):
        """As many clients as the server takes, of which each has sent `text`."""
        for _ in range(self.MOST):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=60))
            one.sendall(text)

    def test_idle_clients_lock_out_nobody(self):
        with contextlib.ExitStack() as stack:
            self.crowd(stack)
            for _ in range(5):
                self.assertEqual(self.ask("/api/v1/info").status, 200)
            self.crowd(stack)
            self.assertEqual(self.ask("/api/v1/info").status, 200)

    def test_clients_that_dribble_lock_out_nobody(self):
        with contextlib.ExitStack() as stack:
            self.crowd(stack, b"GET /api/v1/info HTTP/1.1\r\nHost: localhost\r\nX-Slow: a")
            self.assertEqual(self.ask("/api/v1/info").status, 200)
        head = (f"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.session}\r\n"
                "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{")
        with contextlib.ExitStack() as stack:
            self.crowd(stack, head.encode())
            self.assertEqual(self.ask("/api/v1/info").status, 200)

    def test_who_is_being_answered_is_not_dropped_for_them(self):
        gate = self.folder / "gate"
        body = {"job": {"path": "gated.toml", "text": GATED}, "parameters": {"gate": str(gate)}}
        run = self.ask("/api/v1/runs", "POST", json.dumps(body)).json()["run"]["id"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", f"/api/v1/runs/{run}/log?follow=true",
                           headers={"Authorization": f"Bearer {self.session}"})
        with contextlib.closing(connection), connection.getresponse() as log, contextlib.ExitStack() as stack:
            lines = (json.loads(line) for line in log if line.strip())
            self.assertEqual(next(lines)["output"]["text"], "before\n")
            self.crowd(stack)
            self.assertEqual(self.ask("/api/v1/info").status, 200)
            gate.touch()
            self.assertEqual([line["output"]["text"] for line in lines], ["behind\n"])


class Nonsense(served.Served):
    COMMAND = ["serve"]

    @classmethod
    def prepare(cls):
        pass

    def refused(self, path, body, statuses=(400,)):
        answer = self.ask("/api/v1" + path, "POST", body)
        self.assertIn(answer.status, statuses, (path, body[:80], answer.body[:300]))
        message = answer.json()["error"]["message"]
        self.assertNotIn("\n", message)
        return message

    def test_what_is_no_json_is_refused(self):
        for path in ("/runs", "/cancel", "/retry"):
            for body in (b"", b"{", b"nul", b"{} {}", b'{"a":', b'"\xff\xfe"', b'{"job": "\xc3"}', b"\x00",
                         b"[" * 100_000, b'{"a":' * 100_000, b"[" * 101 + b"]" * 101, b"NaN", b"{'a': 1}",
                         b'"\\ud800"', b"-", b"1e999999", b"9" * 100_000):
                self.refused(path, body)

    def test_what_is_of_another_form_is_refused(self):
        job = {"path": "a.toml", "text": "[[cell]]\ncode = '1'\n"}
        for body in ([], "a", 1, None, {}, {"job": None}, {"job": []}, {"job": {"path": 1, "text": 2}},
                     {"job": job | {"files": []}}, {"job": job | {"files": {"a": 1}}},
                     {"job": job | {"more": 1}}, {"job": job, "parameters": [1]},
                     {"job": job, "priority": 1.5}, {"job": job, "priority": 1 << 70},
                     {"job": job, "after": {"1": 2}}, {"job": job, "after": [[1]]},
                     {"job": job, "after": [-1]}, {"job": job, "after": ["group:x"]},
                     {"job": job, "due_at": "yesterday"}, {"job": job, "due_at": 5},
                     {"job": job, "key": []}, {"job": job, "timeout": 5}):
            self.refused("/runs", json.dumps(body))
        for body in ([], {"runs": "last"}, {"runs": [None]}, {"runs": []}, {"runs": ["../1"]},
                     {"runs": [1 << 70]}, {"runs": [1], "more": 1}):
            self.refused("/cancel", json.dumps(body))
            self.refused("/retry", json.dumps(body))
        self.refused("/retry", json.dumps({"runs": [1], "new": "yes"}))
        self.assertEqual(self.get("/runs")["runs"], [])

    def test_files_that_were_not_sent_are_not_read(self):
        for name in ("/etc/passwd", "../../../../../../etc/passwd", "cellar.db.session"):
            job = {"path": "a.toml", "text": f"[[cell]]\nfile = '{name}'\n"}
            self.assertIn("is not among the files that were sent",
                          self.refused("/runs", json.dumps({"job": job}), (422,)))

    def test_seventeen_mebibytes_are_too_many(self):
        body = json.dumps({"job": {"path": "a.toml", "text": "#" * (17 << 20)}})
        self.assertIn("more than 16 MiB", self.refused("/runs", body, (413,)))
        fits = json.dumps({"job": {"path": "a.toml", "text": "#" * (15 << 20)}})
        self.refused("/runs", fits, (422,))


class Huge(served.Served):
    ROOM = 96 << 20  # bytes by which reading 100 MB may make the server grow

    @classmethod
    def prepare(cls):
        # What AddressSanitizer keeps of freed memory is not the program's.
        cls.environment |= {"CELLAR_OUTPUT_PER_CELL": "0", "ASAN_OPTIONS": f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"}
        (cls.folder / "large.toml").write_text(LARGE)
        cls.cellar("run", "-q", "large.toml")

    def memory(self, name):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith(name))

    @contextlib.contextmanager
    def within_room(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # the peak begins here
        before = self.memory("VmRSS")
        yield
        self.assertLess(self.memory("VmHWM") - before, self.ROOM)

    def test_the_page_gets_100_megabytes_in_pieces(self):
        with self.within_room():
            document = self.ask("/api/v1/runs/1")
            self.assertLess(len(document.body), 1 << 20)
            part = document.json()["cells"][0]["outputs"][0]["parts"][0]
            self.assertEqual((part["bytes"], part["inline"]), (100_000_000, False))
            for place in (0, 49_999_000, 99_999_000):
                piece = self.get(f"/runs/1/cells/0/outputs/0?from={place}&limit=1000")
                self.assertEqual((len(piece["text"]), piece["from"]), (1000, place))
            largest = self.ask("/api/v1/runs/1/cells/0/outputs/0?limit=4194304")
            self.assertLess(len(largest.body), 5 << 20)
            self.assertEqual(self.ask("/api/v1/runs/1/cells/0/outputs/0?limit=4194305").status, 400)

    def test_a_log_of_100_megabytes_comes_in_pieces(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        with contextlib.closing(connection), self.within_room():
            connection.request("GET", "/api/v1/runs/1/log?cell=0",
                               headers={"Authorization": f"Bearer {self.session}"})
            with connection.getresponse() as log:
                self.assertEqual(log.getheader("Transfer-Encoding"), "chunked")
                size = sum(len(json.loads(line)["output"]["text"]) for line in log)
        self.assertEqual(size, 100_000_000)

    def test_a_million_lines_are_all_there(self):
        document = self.get("/runs/1")
        part = document["cells"][1]["outputs"][0]["parts"][0]
        self.assertFalse(part["inline"])
        end = self.get("/runs/1/cells/1/outputs/0?from=-24&limit=100")
        self.assertEqual(end["text"].splitlines()[-1], "line 999999")
        log = self.ask("/api/v1/runs/1/log?cell=1").body.decode().splitlines()
        text = "".join(json.loads(line)["output"]["text"] for line in log)
        self.assertEqual(text.count("\n"), 1_000_000)
        self.assertEqual(text, "".join(f"line {n}\n" for n in range(1_000_000)))

    def test_others_are_answered_while_one_reads_slowly(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as slow:
            slow.sendall(f"GET /api/v1/runs/1/log HTTP/1.1\r\nHost: localhost\r\n"
                         f"Authorization: Bearer {self.session}\r\n\r\n".encode())
            self.assertIn(b" 200 ", slow.recv(100))
            for _ in range(3):
                self.assertEqual(self.ask("/api/v1/info").status, 200)


if __name__ == "__main__":
    served.main()
