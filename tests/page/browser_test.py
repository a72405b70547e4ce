"""The page in Debian's Chromium, on the real program and real runs: browser.mjs does the looking.
The screenshots are in build/…/page-screenshots."""

import json
import os
import pathlib
import subprocess

import served
from serve_test import SLOW

ROOT = pathlib.Path(__file__).resolve().parents[2]

LOUD = '''
kernel = "python3"
[[cell]]
name = "lines"
code = """
for n in range(1_000_000): print('line', n)
"""
'''


class Browser(served.Served):
    COMMAND = ["serve"]

    @classmethod
    def prepare(cls):
        for _ in range(2):
            cls.cellar("run", "-q", "job.toml")
        (cls.folder / "bad.toml").write_text(
            'kernel = "python3"\n[[cell]]\nname = "breaks"\ncode = "1 / 0"\n')
        cls.cellar("run", "-q", "bad.toml", code=1)
        (cls.folder / "loud.toml").write_text(LOUD)
        cls.cellar("run", "-q", "loud.toml")

    def look(self, part, **more):
        shots = pathlib.Path(served.CELLAR).parent / "page-screenshots"
        shots.mkdir(exist_ok=True)
        config = {"url": f"http://127.0.0.1:{self.port}/#session={self.session}",
                  "modules": str(ROOT / "runner/review/web/node_modules"),
                  "shots": str(shots)} | more
        done = subprocess.run(
            ["node", pathlib.Path(__file__).with_name("browser.mjs"), part, json.dumps(config)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_view_is_whole_at_both_widths_and_in_both_themes(self):
        self.look("views")

    def test_what_outputs_hold_does_nothing(self):
        self.look("hostile")

    def test_a_million_lines_are_shown_without_standstill(self):
        self.look("loud")

    def test_keys_are_enough(self):
        self.look("keys")

    def test_a_run_is_followed_and_cancelled_from_the_page(self):
        job = {"job": {"path": "slow.toml", "text": SLOW},
               "parameters": {"gate": str(self.folder / "never")}}
        answer = self.ask("/api/v1/runs", "POST", json.dumps(job))
        self.look("live", run=answer.json()["run"]["id"])

    def test_without_the_session_nothing_is_shown(self):
        self.look("locked", url=f"http://127.0.0.1:{self.port}/")


if __name__ == "__main__":
    served.main()
