#!/usr/bin/python3
"""What `cmake --install` puts where shells and man look for it."""

import subprocess

import terminal


class Installed(terminal.OnTerminal):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_program("cmake", "--install", terminal.BUILD, "--prefix", f"{cls.folder}/usr")

    def test_the_manual_page_is_sound(self):
        page = f"{self.folder}/usr/share/man/man1/cellar.1"
        warnings = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], check=True,
                                  capture_output=True, text=True).stderr
        self.assertEqual(warnings, "")
        self.environment |= {"MANPATH": f"{self.folder}/usr/share/man", "MANWIDTH": "100"}
        text = self.run_program("man", "cellar")
        self.assertIn("cellar - runs notebook-style batch jobs on Jupyter gateways", text)
        self.assertIn("cellar search \"KeyError: 'temp'\" --job clean-weather", text)
        self.assertIn("--jobs N\n", text)

    def test_each_shell_reads_its_script(self):
        share = f"{self.folder}/usr/share"
        self.run_program("bash", "-n", f"{share}/bash-completion/completions/cellar")
        self.run_program("zsh", "-n", f"{share}/zsh/site-functions/_cellar")
        self.run_program("fish", "--no-execute", f"{share}/fish/vendor_completions.d/cellar.fish")

    def test_the_program_runs_from_there(self):
        self.assertIn("cellar 0.", self.run_program(f"{self.folder}/usr/bin/cellar", "--version"))


if __name__ == "__main__":
    terminal.main()
