#!/usr/bin/python3
"""The tab key in zsh and fish, with the scripts that `cellar completion` prints."""

import os

import terminal


class Fish(terminal.OnTerminal):
    def offered(self, line):
        lines = self.run_program("fish", "--no-config", "-c",
                                 f"cellar completion fish | source; complete -C '{line}'")
        return [line.split("\t")[0] for line in lines.splitlines()]

    def test_offers_what_fits(self):
        self.assertEqual(self.offered("cellar ru"), ["run", "runs"])
        self.assertEqual(sorted(self.offered("cellar show ")), ["1", "last", "last:count"])
        self.assertEqual(self.offered("cellar show last:c"), ["last:count"])
        self.assertEqual(self.offered("cellar diff --ce"), ["--cell"])

    def test_offers_files_where_they_are_meant(self):
        self.assertIn("count.toml", self.offered("cellar check co"))
        self.assertEqual(self.offered("cellar show 7"), [])

    def test_works_as_a_file_of_the_completions_folder(self):
        folder = f"{self.folder}/completions"
        os.mkdir(folder)
        with open(f"{folder}/cellar.fish", "w") as script:
            script.write(self.run_program("cellar", "completion", "fish"))
        shown = self.run_program("fish", "--no-config", "-c",
                                 f"set fish_complete_path {folder}; complete -C 'cellar stats '")
        self.assertEqual(shown, "count\n")


class Zsh(terminal.OnTerminal):
    def start(self, *setup):
        zsh = self.on_terminal("zsh", "-f", "-i", PROMPT="READY> ")
        zsh.wait_for("READY> ")
        for line in (*setup, "echo is set up | tr a-z A-Z"):
            zsh.press(line + "\n")
        zsh.wait_for("IS SET UP")
        zsh.wait_for("READY> ")
        return zsh

    def check(self, zsh):
        for typed, completed in (("cellar sho", "cellar show "), ("cellar show last:", "last:count "),
                                 ("cellar diff --ce", "--cell "), ("cellar check cou", "count.toml ")):
            zsh.press(typed + "\t")
            zsh.wait_for(completed)
            zsh.press("\x15")  # Ctrl-U: the line away
        zsh.press("cellar ru\t\t")
        zsh.wait_for("runs  -- List runs, newest first")

    def test_completes_with_the_script_sourced(self):
        with self.start("autoload -Uz compinit", "compinit -D -u",
                        "source <(cellar completion zsh)") as zsh:
            self.check(zsh)

    def test_completes_with_the_script_in_a_folder_of_fpath(self):
        os.mkdir(f"{self.folder}/functions")
        with open(f"{self.folder}/functions/_cellar", "w") as script:
            script.write(self.run_program("cellar", "completion", "zsh"))
        with self.start(f"fpath=({self.folder}/functions $fpath)", "autoload -Uz compinit",
                        "compinit -D -u") as zsh:
            self.check(zsh)


if __name__ == "__main__":
    terminal.main()
