"""`cellar --server`: another machine's serve, asked by a real client in a folder of its own. What it
prints is what the same command prints on the store."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import served

JOB = '''
kernel = "python3"
[parameters]
limit = 3
[[cell]]
name = "colour"
code = """print('\\\\x1b[31mred\\\\x1b[0m', '\\\\x1b]0;title\\\\x07', 'é', limit)"""
[[cell]]
file = "steps/table.py"
[[cell]]
file = "../shared.py"
'''

FAILING = '''
kernel = "python3"
[[cell]]
name = "divide"
code = "1/0"
'''

NAMED = '''
kernel = "python3"
[[cell]]
name = "load, é & ü"
code = "print('one')"
[[cell]]
name = "7"
code = "print('two')"
[[cell]]
code = "print('three')"
'''

SWEPT = '''
kernel = "python3"
[parameters]
limit = 3
mode = "a"
[constraints]
limit = { min = 1, max = 9 }
[[cell]]
code = "print(mode, 12 // (limit - 5))"
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


class Remote(served.Served):
    COMMAND = ["serve"]

    @classmethod
    def prepare(cls):
        cls.client_folder = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory()))
        jobs = cls.client_folder / "jobs"
        (jobs / "steps").mkdir(parents=True)
        (jobs / "job.toml").write_text(JOB)
        (jobs / "steps" / "table.py").write_text("import html\nlimit * 2")
        (cls.client_folder / "shared.py").write_text("print('shared')")
        (jobs / "failing.toml").write_text(FAILING)
        (jobs / "gated.toml").write_text(GATED)
        (jobs / "named.toml").write_text(NAMED)
        (jobs / "swept.toml").write_text(SWEPT)
        (cls.folder / "jobs").symlink_to(jobs)

    @classmethod
    def start(cls):
        super().start()
        kept = {name: cls.environment[name] for name in ("PATH", "HOME", "LANG") if name in cls.environment}
        cls.client_environment = kept | {
            "HOME": str(cls.client_folder), "CELLAR_SERVER": f"http://127.0.0.1:{cls.port}",
            "CELLAR_SERVER_TOKEN_FILE": str(cls.folder / "cellar.db.session")}

    def client(self, *arguments, code=0, variables=None, text=True):
        """stdout, stderr"""
        done = subprocess.run([served.CELLAR, *arguments], cwd=self.client_folder,
                              env=self.client_environment | (variables or {}), text=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done.stdout, done.stderr

    def local(self, *arguments, code=0, text=True):
        done = subprocess.run([served.CELLAR, *arguments], cwd=self.folder, env=self.environment,
                              text=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done.stdout, done.stderr

    def submit(self, *arguments, code=0):
        return self.client("submit", *arguments, code=code)[0].strip()

    def test_a_job_goes_with_its_files_and_comes_back_in_every_form(self):
        run = self.submit("jobs/job.toml", "-p", "limit=5", "--wait")
        for command in (["show", run], ["show", run, "--json"], ["logs", run], ["logs", run, "--raw"],
                        ["logs", run, "--json"], ["logs", run, "--cell", "1"], ["logs", "-f", run],
                        ["runs"], ["runs", "--json"], ["runs", "--limit", "1", "--since", "1h"],
                        ["runs", "--state", "queued"], ["wait", run], ["wait", run, "--json"]):
            self.assertEqual(self.client(*command), self.local(*command), command)
        self.assertIn("[1] colour", self.client("show", run)[0])
        self.assertNotIn("\x1b", self.client("logs", run)[0])
        self.assertIn("\x1b]0;", self.client("logs", run, "--raw")[0])
        self.assertIn("shared", self.client("logs", run)[0])
        for form in ("ipynb", "html", "md", "json", "txt", "junit"):
            command = ["export", run, "--to", form]
            self.assertEqual(self.client(*command, text=False), self.local(*command, text=False), form)
        said = self.client("export", run, "-o", "page.html")[1]
        self.assertEqual(said, f"run {run} written to page.html\n")
        self.assertTrue((self.client_folder / "page.html").read_text().startswith("<!doctype html>"))

    def test_a_job_from_standard_input_and_a_percent_script(self):
        (self.client_folder / "script.py").write_text("# %%\nprint('percent')\n")
        run = self.submit("script.py", "--wait")
        self.assertEqual(self.client("logs", run)[0], "percent\n")
        done = subprocess.run([served.CELLAR, "submit", "-", "--wait"], cwd=self.client_folder, text=True,
                              env=self.client_environment, input=FAILING, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"run \d+: .*: failed \(cell_error\)")

    def test_values_files_keys_and_what_must_come_first_go_along(self):
        (self.client_folder / "values.json").write_text('{"limit": 7}')
        first = self.submit("jobs/job.toml", "-f", "values.json", "--key", "once", "--priority", "3",
                            "--timeout", "5m")
        again = self.client("submit", "jobs/job.toml", "--key", "once")
        self.assertEqual(again[0].strip(), first)
        self.assertIn(f'run {first} has the key "once" already', again[1])
        second = self.submit("jobs/job.toml", "--after", first, "--at", "+1h")
        document = self.get(f"/runs/{second}")
        self.assertEqual(document["details"]["after"], [int(first)])
        self.assertIsNotNone(document["details"]["due_at"])
        details = self.get(f"/runs/{first}")
        self.assertEqual((details["details"]["priority"], details["run"]["parameters"]["limit"]), (3, 7))
        self.assertEqual(self.client("cancel", second), (f"run {second}: cancelled\n", ""))
        self.assertEqual(self.client("cancel", second)[1],
                         f"run {second}: had ended already: cancelled\n")
        told = self.client("wait", first, second, code=1)[1]
        self.assertIn(f"run {second}: job: cancelled (by_user)", told)

    def test_a_run_is_followed_waited_for_and_ended(self):
        gate = self.folder / "gate"
        run = self.submit("jobs/gated.toml", "-p", f"gate={gate}")
        with self.begin("logs", "-f", run) as log, self.begin("wait", run) as waiting:
            self.assertEqual(log.stdout.readline(), "before\n")
            self.assertIsNone(waiting.poll())
            timed = self.client("wait", run, "--timeout", "100ms", code=124)[1]
            self.assertRegex(timed, "cellar: wait: (some run|run .* .running.) has not ended after 100ms")
            gate.touch()
            self.assertEqual(log.communicate(timeout=60)[0], "behind\n")
            self.assertIn("succeeded", waiting.communicate(timeout=60)[1])
        self.assertEqual((log.returncode, waiting.returncode), (0, 0))

    def test_a_signal_ends_the_waiting_alone(self):
        run = self.submit("jobs/gated.toml", "-p", f"gate={self.folder / 'never'}")
        with self.begin("logs", "-f", run) as log, self.begin("wait", run) as waiting:
            log.stdout.readline()
            # Once it waits it has taken the signal over.
            self.await_handler(waiting, signal.SIGINT)
            waiting.send_signal(signal.SIGINT)
            told = waiting.communicate(timeout=60)[1]
            self.assertRegex(told, "cellar: wait: stopped; .* not ended, and nothing was cancelled")
            self.assertEqual(waiting.returncode, 130)
            self.assertEqual(self.client("cancel", run)[0],
                             f"run {run}: is running: its worker was asked to end it\n")
            log.communicate(timeout=60)
        self.assertIn("cancelled (by_user)", self.client("wait", run, code=1)[1])

    def test_failed_runs_are_retried_together_or_not_at_all(self):
        failed = self.submit("jobs/failing.toml", "--wait", code=1)
        good = self.submit("jobs/job.toml", "--wait")
        said = self.client("retry", failed, good, code=2)[1]
        self.assertIn(f"retry: run {good}: it has succeeded", said)
        self.assertIn("nothing was queued", said)
        self.assertEqual(self.client("retry", failed)[0], f"run {failed}: queued for attempt 2\n")
        self.client("wait", failed, code=1)
        self.assertEqual(self.local("show", failed, "--json")[0], self.client("show", failed, "--json")[0])
        new = self.client("retry", "--new", good)[0].strip()
        self.assertGreater(int(new), int(good))
        self.client("wait", new)

    def test_the_cells_that_are_named_are_shown(self):
        run = self.submit("jobs/named.toml", "--wait")
        for cells in (["0"], ["load, é & ü"], ["2", "0"], ["load, é & ü", "0", "1"], [""]):
            command = ["show", run, *(word for cell in cells for word in ("--cell", cell))]
            for form in ([], ["--json"]):
                self.assertEqual(self.client(*command, *form), self.local(*command, *form), command)
        self.assertNotIn("two", self.client("show", run, "--cell", "load, é & ü")[0])
        for cell in ("9", "7", "laod", "\x1b[31m"):
            command = ["show", run, "--cell", "0", "--cell", cell]
            for form in ([], ["--json"]):
                said = self.local(*command, *form, code=2)[1]
                self.assertRegex(said, r"^cellar: show: run \d+ has no cell .*: its last is 2\n$")
                self.assertEqual(self.as_here(self.client(*command, *form, code=2)), ("", said))

    def test_a_sweep_is_one_group(self):
        sweep = ["jobs/swept.toml", "--sweep", "mode=x,y z", "--sweep", "limit=1,5,8"]
        for more in ([], ["--json"], ["-q"], ["-p", "mode=b"]):
            command = ["submit", *(sweep[:1] + sweep[3:] if "-p" in more else sweep), "--at", "+1h", *more]
            there, here = self.client(*command), self.local(*command)
            self.assertEqual(self.numbered(there), self.numbered(here), command)
        numbers, told = self.client("submit", *sweep)
        runs = numbers.split()
        group = re.fullmatch(rf"group:(\d+): runs {runs[0]} to {runs[5]}\n", told)[1]
        listed = json.loads(self.client("runs", "--group", group, "--json")[0])["runs"]
        self.assertEqual([(run["id"], run["parameters"]) for run in reversed(listed)],
                         [(int(runs[3 * i + j]), {"limit": limit, "mode": mode})
                          for i, mode in enumerate(("x", "y z")) for j, limit in enumerate((1, 5, 8))])
        self.client("wait", f"group:{group}", code=1)

    def test_a_sweep_is_waited_for(self):
        sweep = ["submit", "jobs/swept.toml", "--sweep", "limit=4,5,6", "--wait"]
        there, here = self.client(*sweep, code=1), self.local(*sweep, code=1)
        self.assertEqual(self.numbered(there), self.numbered(here))
        self.assertIn("ZeroDivisionError", there[1])
        there = json.loads(self.client(*sweep, "--json", code=1)[0])
        self.assertEqual([run["state"] for run in there["runs"]], ["succeeded", "failed", "succeeded"])
        self.assertEqual([run["is_new"] for run in there["runs"]], [True] * 3)
        group = f"group:{there['group']}"
        self.assertEqual(self.client("wait", "-q", group, "--json", code=1),
                         self.local("wait", "-q", group, "--json", code=1))
        after = self.client("submit", "jobs/swept.toml", "--sweep", "limit=1,2", "--after", group, code=1)[1]
        self.assertRegex(after, r"^group:\d+: runs \d+ to \d+, 0 of them queued\n$")

    def test_a_group_of_which_nothing_is_left_is_retried_as_here(self):
        made = self.client("submit", "jobs/swept.toml", "--sweep", "limit=4,6", "--wait", "--json")[0]
        command = ["retry", f"group:{json.loads(made)['group']}", "--json"]
        said = self.client(*command)
        self.assertEqual(said, self.local(*command))
        self.assertEqual(json.loads(said[0]), {"schema_version": 1, "runs": []})

    def test_a_file_of_values_gives_way_to_a_sweep(self):
        (self.client_folder / "values.toml").write_text('limit = 2\nmode = "file"\n')
        command = ["submit", "jobs/swept.toml", "-f", str(self.client_folder / "values.toml"),
                   "--sweep", "limit=1,3", "--at", "+1h", "--json"]
        there, here = (json.loads(said[0]) for said in (self.client(*command), self.local(*command)))
        values = [{"limit": 1, "mode": "file"}, {"limit": 3, "mode": "file"}]
        for answer in (there, here):
            self.assertEqual([run["parameters"] for run in answer["runs"]], values)

    def test_a_sweep_that_cannot_be_is_refused_as_here(self):
        newest = self.newest()
        for more in (["--sweep", "limit=1,10"], ["--sweep", "limti=1"], ["--sweep", "limit"],
                     ["--sweep", "limit=1", "--sweep", "limit=2"], ["--sweep", "limit=1", "-p", "limit=2"],
                     ["--sweep", "limit=1", "--key", "k"], ["--sweep", "limit=1,2", "--after", "99999"],
                     ["--sweep", "limit=" + ",".join(map(str, range(400))),
                      "--sweep", "mode=" + ",".join(map(str, range(400)))]):
            command = ["submit", "jobs/swept.toml", *more]
            said = self.local(*command, code=2)
            self.assertEqual(self.as_here(self.client(*command, code=2)), said, more)
        said = self.client("submit", "jobs/swept.toml", "jobs/job.toml", "--sweep", "limit=1,2", code=2)
        self.assertEqual(said, ("", "cellar: submit: --sweep over --server makes a group of one job: "
                                    "give one FILE\n"))
        self.assertEqual(self.newest(), newest)

    def test_only_pinned_runs_are_listed(self):
        pinned = self.submit("jobs/job.toml", "--wait")
        self.submit("jobs/job.toml", "--wait")
        self.local("pin", pinned)
        for form in ((), ("--json",)):
            self.assertEqual(self.client("runs", "--pinned", *form)[0],
                             self.local("runs", "--pinned", *form)[0])
        listed = json.loads(self.client("runs", "--pinned", "--json")[0])["runs"]
        self.assertEqual([run["id"] for run in listed], [int(pinned)])

    def test_what_is_wrong_is_said_in_one_line(self):
        own = self.client_environment["CELLAR_SERVER"]
        for command, code, words in (
                (["show", "9999"], 2, f"cellar: server {own}: there is no run 9999: the newest is "),
                (["logs", "last:nobody"], 2, "there is no run last:nobody"),
                (["runs", "--state", "faild"], 2, 'did you mean "failed"?'),
                (["export", "last", "--to", "pdf"], 2, 'there is no "pdf"'),
                (["gc", "--keep", "1d"], 2, "not possible over CELLAR_SERVER"),
                (["submit", "jobs/job.toml", "--gateway", "nowhere"], 2, '"nowhere" is not configured'),
                (["submit", "jobs/job.toml", "--after", "9999"], 2, "9999")):
            said = self.client(*command, code=code)[1]
            self.assertIn(words, said)
            self.assertEqual(said.count("\n"), 1, said)

    def test_a_wrong_token_and_what_is_no_cellar_are_told_apart(self):
        wrong = {"CELLAR_SERVER_TOKEN": "0" * 64}
        said = self.client("runs", code=2, variables=wrong)[1]
        self.assertIn("401 Unauthorized: is the token in CELLAR_SERVER_TOKEN the server's?", said)
        self.assertNotIn("0" * 64, said)
        elsewhere = {"CELLAR_SERVER": self.client_environment["CELLAR_SERVER"] + "/elsewhere"}
        self.assertEqual(self.client("runs", code=2, variables=elsewhere)[1].count("\n"), 1)

    def test_the_token_is_in_no_argument_list(self):
        run = self.submit("jobs/gated.toml", "-p", f"gate={self.folder / 'argument'}")
        with self.begin("logs", "-f", run) as log:
            log.stdout.readline()
            arguments = pathlib.Path(f"/proc/{log.pid}/cmdline").read_bytes()
            self.assertNotIn(self.session.encode(), arguments)
            (self.folder / "argument").touch()
            log.communicate(timeout=60)

    def test_completion_offers_no_runs_of_the_wrong_store(self):
        self.submit("jobs/job.toml")
        self.assertEqual(self.client("__complete", "show", "")[0], "")
        self.assertIn("--server", self.client("__complete", "show", "--ser")[0])

    def newest(self):
        return self.local("runs", "--limit", "1", "--json")[0].split(",")[1]

    def as_here(self, said):
        """Without whose refusal it is."""
        server = f"server {self.client_environment['CELLAR_SERVER']}: "
        return said[0], said[1].replace(f"cellar: {server}", "cellar: ", 1)

    def numbered(self, said):
        """What two submissions of the same have in common."""
        text = re.sub(r'"(submitted_at|job_file)":"[^"]*"', r'"\1":""', "--\n".join(said))
        text = re.sub(r"(succeeded|\(\w+\)) [\d.]+ m?s", r"\1 TIME", text)
        text = re.sub(r'("group": |group:)\d+', r"\1G", text)
        numbers = []

        def place(match):
            if match[2] not in numbers:
                numbers.append(match[2])
            return f"{match[1]}#{numbers.index(match[2])}"
        return re.sub(r'(?m)(^|"id":|runs? |to )(\d+)\b', place, text)

    @contextlib.contextmanager
    def begin(self, *arguments):
        process = subprocess.Popen([served.CELLAR, *arguments], cwd=self.client_folder, text=True,
                                   env=self.client_environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def await_handler(self, process, number):
        """Until the process handles the signal itself."""
        while True:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            if int(re.search(r"SigCgt:\s*([0-9a-f]+)", status)[1], 16) & 1 << (number - 1):
                return
            self.assertIsNone(process.poll())
            os.sched_yield()


if __name__ == "__main__":
    served.main()
