"""`cellar serve` with its page: it works, tells what happens, and does what is asked."""

import json
import stat

import served

SLOW = '''
kernel = "python3"
[parameters]
gate = ""
[[cell]]
name = "ticks"
code = """
import os, time
for n in range(3): print('tick', n, flush=True)
while not os.path.exists(gate): time.sleep(0.01)
print('through')
"""
[[cell]]
name = "after"
code = "40 + 2"
'''


class Serve(served.Served):
    COMMAND = ["serve"]

    @classmethod
    def prepare(cls):
        (cls.folder / "slow.toml").write_text(SLOW)

    def submit(self, gate):
        job = {"path": "slow.toml", "text": SLOW}
        answer = self.ask("/api/v1/runs", "POST",
                          json.dumps({"job": job, "parameters": {"gate": str(self.folder / gate)}}))
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json()["run"]["id"]

    def test_the_log_does_not_tell_the_session(self):
        self.assertNotIn("#session", self.line)
        file = self.folder / "cellar.db.session"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        info = self.get("/info")
        self.assertEqual((info["actions"], info["works"], info["scripts"]), (True, True, False))

    def test_a_run_is_told_as_it_goes_on(self):
        run = self.submit("one")
        text, states, cursor = "", [], None
        for kind, data, at in self.events(run):
            if kind == "output" and data.get("name") == "stdout":
                self.assertEqual(data["at"], len(text))
                text += data["append"]
                cursor = at
                if text.endswith("tick 2\n"):
                    (self.folder / "one").touch()
            elif kind == "output":
                self.assertEqual(data["output"]["data"]["text/plain"], "42")
            elif kind == "cell":
                states.append((data["cell"]["name"], data["cell"]["state"]))
            last = kind, data
        self.assertEqual(text, "tick 0\ntick 1\ntick 2\nthrough\n")
        self.assertEqual(last, ("end", {}))
        self.assertIn(("ticks", "running"), states)
        self.assertEqual(states[-1], ("after", "succeeded"))
        later = [kind for kind, data, _ in self.events(run, f"?after={cursor}") if kind == "output"
                 and data.get("append")]
        self.assertEqual(later, [])
        self.assertEqual([kind for kind, _, _ in self.events(run, "?only=run")], ["run", "end"])

    def test_a_run_is_cancelled_and_submitted_again(self):
        run = self.submit("two")
        for kind, data, _ in self.events(run):
            if kind == "output":
                break
        self.assertEqual(self.ask(f"/api/v1/runs/{run}/cancel", "POST", "{}").status, 200)
        ended = [data for kind, data, _ in self.events(run, "?only=run") if kind == "run"][-1]
        self.assertEqual((ended["run"]["state"], ended["run"]["reason"]), ("cancelled", "by_user"))
        (self.folder / "two").touch()
        again = self.ask(f"/api/v1/runs/{run}/again", "POST", "{}")
        self.assertEqual(again.status, 201)
        ended = [data for kind, data, _ in self.events(again.json()["run"]["id"], "?only=run")
                 if kind == "run"][-1]
        self.assertEqual(ended["run"]["state"], "succeeded")

    def test_an_unsound_job_is_refused_with_its_problems(self):
        answer = self.ask("/api/v1/runs", "POST",
                          json.dumps({"job": {"path": "bad.toml", "text": "kernal = \"python3\"\n"}}))
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json()["error"]["problems"][0]["line"], 1)

    def test_a_taken_port_is_said(self):
        taken = f"127.0.0.1:{self.port}"
        said = self.cellar("view", "--listen", taken, code=2)
        self.assertIn(f"--listen {taken}: Address already in use", said)
        said = self.cellar("view", "--listen", "0.0.0.0:0", code=2)
        self.assertIn("--allow-plaintext", said)
        self.assertIn("HOST:PORT", self.cellar("view", "--listen", "nonsense", code=2))


if __name__ == "__main__":
    served.main()
