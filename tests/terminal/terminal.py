"""A program on a terminal of its own, as a person has it: what it shows, and keys for it."""

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

CELLAR = None
BUILD = None

JOB = """
kernel = "python3"
[[cell]]
name = "count"
code = "for i in range(2000): print('line', i)"
"""


class Terminal:
    """`arguments`, with a controlling terminal of 24 lines; ended with the block."""

    PATIENCE = 60  # seconds for everything that is waited for

    def __init__(self, arguments, environment, folder):
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.chdir(folder)
            os.execvpe(arguments[0], arguments, environment)
        self.status = None

    def wait_for(self, text):
        """Until it has shown `text` since this was last asked; returns what it showed."""
        deadline = time.monotonic() + self.PATIENCE
        while text not in self.shown:
            left = deadline - time.monotonic()
            if left < 0 or not self.read(left):
                raise AssertionError(f"never shown: {text!r}; but {self.shown!r}")
        end = self.shown.index(text) + len(text)
        before, self.shown = self.shown[:end], self.shown[end:]
        return before

    def read(self, patience):
        """False when nothing more can come."""
        if not select.select([self.terminal], [], [], patience)[0]:
            return False
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # EIO: nobody has the terminal any more
            return False
        # Colours, cursor movements and titles: how it looks is not the question.
        text = re.sub(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|\][^\x07]*\x07|[=>()][AB0]?)", "",
                      data.decode(errors="replace"))
        self.shown += text
        return bool(data)

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def press_until_shown(self, keys, text):
        """For a program that may not be reading yet, and throws away what was typed till then."""
        deadline = time.monotonic() + self.PATIENCE
        while text not in self.shown and time.monotonic() < deadline and self.is_running():
            self.press(keys)
            self.read(0.5)
        return self.wait_for(text)

    def is_running(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def wait(self):
        """Its exit code."""
        deadline = time.monotonic() + self.PATIENCE
        while self.is_running():
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not end; it has shown {self.shown!r}")
            self.read(0.05)
        return self.status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.is_running():
            os.killpg(self.pid, signal.SIGKILL)  # a session of its own
            os.waitpid(self.pid, 0)
        os.close(self.terminal)


class OnTerminal(unittest.TestCase):
    """In a folder with a store that has one run."""

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.folder = cls.home.name
        os.mkdir(f"{cls.folder}/bin")
        os.symlink(CELLAR, f"{cls.folder}/bin/cellar")
        kept = {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")
                if name in os.environ}
        cls.environment = kept | {
            "HOME": cls.folder, "PATH": f"{cls.folder}/bin:/usr/bin:/bin", "TERM": "xterm",
            "LANG": "C.UTF-8", "CELLAR_STORE": f"{cls.folder}/cellar.db"}
        with open(f"{cls.folder}/count.toml", "w") as job:
            job.write(JOB)
        cls.run_program("cellar", "run", "-q", "count.toml")

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    @classmethod
    def run_program(cls, *arguments, **options):
        return subprocess.run(arguments, env=cls.environment, cwd=cls.folder, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              stdin=subprocess.DEVNULL, **options).stdout

    def on_terminal(self, *arguments, **environment):
        return Terminal(arguments, self.environment | environment, self.folder)


def main():
    global CELLAR, BUILD
    parser = argparse.ArgumentParser()
    parser.add_argument("--cellar", required=True)
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    CELLAR, BUILD = options.cellar, options.build
    unittest.main(module="__main__", argv=[sys.argv[0], *rest], verbosity=2)
