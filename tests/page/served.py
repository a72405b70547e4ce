"""A store with real runs, a `cellar view` or `cellar serve` on it, and HTTP without a library that
would mend what is sent."""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CELLAR = None

JOB = '''
kernel = "python3"
[[cell]]
name = "words"
code = "print('hello from a cell')"
[[cell]]
name = "rich"
code = """
from IPython.display import display
display({'text/html': '<b id=x>bold</b><script>document.title="owned"</script>',
         'text/plain': 'bold'}, raw=True)
display({'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
                          '<script>alert(1)</script></svg>', 'text/plain': 'svg'}, raw=True)
display({'text/markdown': '[x](javascript:alert(1)) <img src=x onerror=alert(1)>',
         'text/plain': 'md'}, raw=True)
"""
[[cell]]
name = "large"
code = "print('0123456789' * 1_000_000)"
'''


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Served(unittest.TestCase):
    """Each class has one folder and one server."""

    COMMAND = ["view"]
    OPTIONS = []  # beside --listen

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.folder = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory()))
        (cls.folder / "job.toml").write_text(JOB)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        cls.environment = kept | {"XDG_STATE_HOME": str(cls.folder), "XDG_CONFIG_HOME": str(cls.folder),
                                  "CELLAR_STORE": str(cls.folder / "cellar.db")}
        cls.prepare()
        cls.start()

    @classmethod
    def prepare(cls):
        cls.cellar("run", "job.toml")

    @classmethod
    def cellar(cls, *arguments, code=0):
        done = subprocess.run([CELLAR, *arguments], cwd=cls.folder, env=cls.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        if done.returncode != code:
            raise AssertionError(f"{arguments}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    @classmethod
    def start(cls):
        cls.process = subprocess.Popen(
            [CELLAR, *cls.COMMAND, "--listen", "127.0.0.1:0", *cls.OPTIONS], cwd=cls.folder, env=cls.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        cls.stack.callback(cls.stop)
        for line in cls.process.stdout:
            found = re.search(r"https?://127\.0\.0\.1:(\d+)/", line)
            if found:
                cls.port = int(found[1])
                cls.line = line
                break
        else:
            raise AssertionError("it printed no address")
        session = re.search(r"#session=(\w+)", line)
        cls.session = session[1] if session else (cls.folder / "cellar.db.session").read_text().strip()

    @classmethod
    def stop(cls):
        if cls.process.poll() is None:
            cls.process.terminate()
        cls.process.communicate(timeout=120)

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def ask(self, path, method="GET", body=None, with_session=True, **headers):
        """Header names are written with _ for -; None takes one away that would be there."""
        fields = {"Host": f"127.0.0.1:{self.port}"}
        if with_session:
            fields["Authorization"] = f"Bearer {self.session}"
        if method == "POST":
            fields["Content-Type"] = "application/json"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            return self.send(connection, method, path, fields, body)

    @staticmethod
    def send(connection, method, path, fields, body):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        data = body.encode() if isinstance(body, str) else body or b""
        if method == "POST":
            fields.setdefault("Content-Length", str(len(data)))
        for name, value in fields.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(data or None)
        with connection.getresponse() as response:
            return Answer(response)

    def get(self, path):
        answer = self.ask("/api/v1" + path)
        self.assertEqual(answer.status, 200, answer.body[:300])
        return answer.json()

    def events(self, run, query=""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/api/v1/runs/{run}/events{query}",
                           headers={"Authorization": f"Bearer {self.session}"})
        with contextlib.closing(connection), connection.getresponse() as response:
            self.assertEqual(response.status, 200)
            self.assertEqual(response.getheader("Content-Type"), "text/event-stream")
            event = {}
            for line in response:
                name, _, text = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = text
                elif event:
                    yield event["event"], json.loads(event["data"]), event.get("id")
                    event = {}


def main():
    global CELLAR
    parser = argparse.ArgumentParser()
    parser.add_argument("--cellar", required=True)
    options, rest = parser.parse_known_args()
    CELLAR = os.path.abspath(options.cellar)
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])
