#!/usr/bin/python3
"""Long answers in less, as somebody has them who has configured nothing."""

import terminal


class Less(terminal.OnTerminal):
    def test_shows_a_window_and_goes_on_by_key(self):
        with self.on_terminal("cellar", "logs", "last") as logs:
            first = logs.wait_for("line 20")
            self.assertIn("line 0\r\n", first)
            logs.press("G")
            logs.wait_for("line 1999")
            self.assertTrue(logs.is_running())
            logs.press("q")
            self.assertEqual(logs.wait(), 0)

    def test_can_be_left_at_once(self):
        with self.on_terminal("cellar", "show", "last") as show:
            show.wait_for("line 10")
            show.press("q")
            self.assertEqual(show.wait(), 0)
            self.assertNotIn("line 1999", show.shown)

    def test_is_not_ended_by_ctrl_c(self):
        with self.on_terminal("cellar", "logs", "last") as logs:
            logs.wait_for("\n:")
            logs.press("\x03")
            logs.press_until_shown("G", "line 1999")
            logs.press("q")
            self.assertEqual(logs.wait(), 0)

    def test_is_not_there_for_what_fits_the_window(self):
        with self.on_terminal("cellar", "runs") as runs:
            runs.wait_for("count")
            self.assertEqual(runs.wait(), 0)

    def test_is_not_there_on_a_terminal_that_can_do_nothing(self):
        with self.on_terminal("cellar", "logs", "last", TERM="dumb") as logs:
            logs.wait_for("line 1999")
            self.assertEqual(logs.wait(), 0)


if __name__ == "__main__":
    terminal.main()
