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

CLEARED = '''
kernel = "python3"
[parameters]
gate = ""
[[cell]]
name = "clears"
code = """
import os, time
from IPython.display import clear_output
def wait(name):
    while not os.path.exists(name): time.sleep(0.01)
print('ear' + 'ly', flush=True)
wait(gate)
clear_output()
print('la' + 'te', flush=True)
wait(gate + '.end')
"""
'''

REPLACED = '''
kernel = "python3"
[parameters]
gate = ""
[[cell]]
name = "replaces"
code = """
import os, time
from IPython.display import display
def wait(name):
    while not os.path.exists(name): time.sleep(0.01)
def picture(width):
    return {'image/svg+xml': f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="9"/>',
            'text/plain': 'picture'}
first = display(picture(19), raw=True, display_id=True)
second = display({'text/plain': 'not yet'}, raw=True, display_id=True)
wait(gate)
first.update(picture(29), raw=True)
second.update(picture(39), raw=True)
wait(gate + '.end')
"""
'''

# More outputs than one answer holds; its first attempt fails, the second succeeds.
WIDE = '''
kernel = "python3"
[parameters]
gate = ""
[[cell]]
name = "wide"
code = """
import os, time
from IPython.display import display
open(gate + '.tries', 'a').write('x')
tries = os.path.getsize(gate + '.tries')
display({'text/plain': f'try {tries}'}, raw=True)
for n in range(20): display({'text/plain': f'output {n} ' + 'x' * 250_000}, raw=True)
while not os.path.exists(gate): time.sleep(0.01)
assert tries > 1
"""
'''

# Leaves no room in an answer for a stream, which grows for a while.
GROWING = '''
kernel = "python3"
[parameters]
gate = ""
[[cell]]
name = "grows"
code = """
import os, time
from IPython.display import display
for n in range(20): display({'text/plain': f'output {n} ' + 'x' * 250_000}, raw=True)
print('y' * 240_000, flush=True)
while not os.path.exists(gate):
    print('tick', flush=True)
    time.sleep(0.02)
"""
'''

# Fails once the gate is there, and waits an hour for its second attempt.
WAITING = '''
kernel = "python3"
[parameters]
gate = ""
[retry]
attempts = 2
delay = "1h"
on = ["cell_error"]
[[cell]]
name = "fails"
code = """
import os, time
print('be' + 'gun', flush=True)
while not os.path.exists(gate): time.sleep(0.01)
1 / 0
"""
'''

# Longer than what is shown at once.
LONG = '''
kernel = "python3"
[[cell]]
name = "long"
code = """
for n in range(60_000): print(f'{n:09}')
"""
'''

# With 64 KiB kept the first output lacks its end, the second its beginning.
CUT = '''
kernel = "python3"
[[cell]]
name = "cut"
code = """
import sys
print('x' * 40_000, flush=True)
print('y' * 50_000, file=sys.stderr, flush=True)
"""
'''

# What made the page stand still: work that grew with the square of what an output holds.
HARD = r'''
kernel = "python3"
[[cell]]
name = "hard"
code = """
from IPython.display import display
def show(text, mime='text/plain'): display({mime: text}, raw=True)
show('a' * 125_000 + '\\b' * 125_000)
show('a' * 125_000 + '\\rb' * 62_000)
show('\\r' * 250_000)
show('\\x1b]8;x' * 50_000 + '\\x1b\\\\' * 3)
show('\\x1b[' + '1;' * 120_000 + 'm')
show('<table' + '<a' * 100_000, 'text/html')
show('<table><tr><td>1</table>' + '<style>' * 30_000, 'text/html')
show('<table>' + '<style' * 40_000, 'text/html')
"""
[[cell]]
name = "written over"
code = """
print('one\\rtw\\nxyz\\b\\bq\\r\\n\\x1b[31mred\\rgreen\\x1b[0m\\rend\\n\\x1b[31mab\\x1b[0m\\b\\bc')
"""
'''

SWEPT = '''
kernel = "python3"
[parameters]
n = 0
[[cell]]
code = "n"
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
        (cls.folder / "long.toml").write_text(LONG)
        cls.cellar("run", "-q", "long.toml")
        (cls.folder / "cut.toml").write_text(CUT)
        cls.environment["CELLAR_OUTPUT_PER_CELL"] = "64KiB"
        cls.cellar("run", "-q", "cut.toml")
        del cls.environment["CELLAR_OUTPUT_PER_CELL"]

    def look(self, part, **more):
        shots = pathlib.Path(served.CELLAR).parent / "page-screenshots"
        shots.mkdir(exist_ok=True)
        config = {"url": f"http://127.0.0.1:{self.port}/#session={self.session}",
                  "session": self.session, "modules": str(ROOT / "runner/review/web/node_modules"),
                  "shots": str(shots)} | more
        done = subprocess.run(
            ["node", pathlib.Path(__file__).with_name("browser.mjs"), part, json.dumps(config)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout)

    def submit(self, text, **parameters):
        job = {"job": {"path": "looked_at.toml", "text": text}, "parameters": parameters}
        return self.ask("/api/v1/runs", "POST", json.dumps(job)).json()["run"]["id"]

    def look_at_gated(self, part, text):
        gate = self.folder / part
        try:
            self.look(part, run=self.submit(text, gate=str(gate)), gate=str(gate))
        finally:
            gate.touch()
            gate.with_name(part + ".end").touch()

    def test_every_view_is_whole_at_both_widths_and_in_both_themes(self):
        self.look("views")

    def test_what_outputs_hold_does_nothing(self):
        self.look("hostile")

    def test_a_million_lines_are_shown_without_standstill(self):
        self.look("loud")

    def test_no_piece_of_a_long_text_is_shown_twice(self):
        self.look("pieces", run=5)

    def test_where_outputs_were_not_kept_is_said_also_at_an_end(self):
        self.look("cut", run=6)

    def test_keys_are_enough(self):
        self.look("keys")

    def test_a_run_is_followed_and_cancelled_from_the_page(self):
        self.look("live", run=self.submit(SLOW, gate=str(self.folder / "never")))

    def test_what_was_cleared_while_the_stream_was_cut_goes(self):
        self.look_at_gated("cleared", CLEARED)

    def test_a_replaced_picture_is_shown_anew(self):
        self.look_at_gated("replaced", REPLACED)

    def test_a_run_that_waits_for_its_retry_says_so(self):
        self.look_at_gated("waiting", WAITING)

    def test_tabs_in_the_background_leave_the_server_to_others(self):
        self.look_at_gated("tabs", SLOW)

    def test_outputs_that_were_asked_for_do_not_keep_the_cell_as_it_was(self):
        gate = self.folder / "wide"
        run = self.submit(WIDE, gate=str(gate))
        for _, data, _ in self.events(run):
            if data.get("number") == 20:
                break
        try:
            self.look("wide", run=run, gate=str(gate))
        finally:
            gate.touch()

    def test_a_stream_for_which_there_is_no_room_leads_to_no_storm(self):
        gate = self.folder / "growing"
        run = self.submit(GROWING, gate=str(gate))
        for _, data, _ in self.events(run):
            if data.get("append"):
                break
        try:
            self.look("growing", run=run)
        finally:
            gate.touch()

    def test_hard_outputs_are_shown_at_once(self):
        run = self.submit(HARD)
        self.assertEqual([kind for kind, _, _ in self.events(run, "?only=run")][-1], "end")
        self.look("hard", run=run)

    def test_neighbours_of_one_sweep_are_in_order(self):
        (self.folder / "swept.toml").write_text(SWEPT)
        self.cellar("submit", "swept.toml", "--sweep", "n=1,2,3,4,5,6,7,8")
        runs = self.get("/runs?job=swept&sort=id")["runs"]
        self.assertEqual(len({run["submitted_at"] for run in runs}), 1)
        self.look("neighbours", runs=[run["id"] for run in runs])

    def test_a_slow_link_is_waited_for(self):
        self.look("slow")

    def test_an_address_that_changes_while_the_page_is_drawn_is_shown(self):
        self.look("early")

    def test_a_printed_address_opens_a_tab_that_is_there(self):
        self.look("printed", url=f"http://127.0.0.1:{self.port}/")

    def test_without_the_session_nothing_is_shown(self):
        self.look("locked", url=f"http://127.0.0.1:{self.port}/")


if __name__ == "__main__":
    served.main()
