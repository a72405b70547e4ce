"""Who is let in, and what hostile outputs may do: `cellar view` on a store with a run in it."""

import http.client
import pathlib
import socket
import stat

import served


class Guard(served.Served):
    OPTIONS = ["--allow-host", "Lab.Example:8443"]

    def test_the_session_opens_the_api_and_nothing_else_does(self):
        self.assertEqual(self.ask("/api/v1/info").status, 200)
        self.assertEqual(self.ask("/api/v1/info", with_session=False).status, 401)
        wrong = self.ask("/api/v1/info", Authorization="Bearer " + "0" * 64)
        self.assertEqual(wrong.status, 401)
        self.assertIn("no session", wrong.json()["error"]["message"])
        self.assertEqual(self.ask("/api/v1/info", Authorization=f"token {self.session}").status, 401)

    def test_no_way_of_writing_a_path_gets_past_the_session(self):
        for path in ("/%61pi/v1/runs", "/a%70i/v1/runs/1", "/api/%761/runs", "/api/v%31/runs/1/log",
                     "/%61pi/v1/runs/1/events", "/api%2fv1%2fruns", "/%61%70%69/v1/info"):
            answer = self.ask(path, with_session=False)
            self.assertEqual(answer.status, 401, path)
            answer = self.ask(path, "POST", "{}", with_session=False)
            self.assertEqual(answer.status, 401, path)
        for path in ("//api/v1/runs", "/x/../api/v1/runs", "/./api/v1/runs", "/API/v1/runs"):
            answer = self.ask(path, with_session=False)
            self.assertEqual(answer.status, 404, path)

    def test_a_stranger_sends_no_body(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as stranger:
            stranger.sendall(b"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n"
                             b"Content-Type: application/json\r\nContent-Length: 9000000\r\n\r\n{")
            self.assertIn(b" 401 ", stranger.recv(100))

    def test_only_a_post_has_a_body(self):
        for path in (b"/", b"/api/v1/openapi.json"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as stranger:
                stranger.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
                                 b"Content-Length: 9000000\r\n\r\n{")
                self.assertIn(b" 413 ", stranger.recv(100))

    def test_a_rebound_name_is_refused(self):
        for host in ("evil.example", f"evil.example:{self.port}", "localhost.evil.example", "", None,
                     "127.0.0.1.evil.example"):
            self.assertEqual(self.ask("/api/v1/runs", Host=host).status, 403)
            self.assertEqual(self.ask("/", Host=host, with_session=False).status, 403)
        for host in (f"localhost:{self.port}", "127.0.0.1", f"[::1]:{self.port}",
                     "lab.example", "LAB.example:443"):
            self.assertEqual(self.ask("/api/v1/runs", Host=host).status, 200)

    def test_other_sites_are_refused_whatever_they_bring(self):
        own = f"http://127.0.0.1:{self.port}"
        self.assertEqual(self.ask("/api/v1/runs", Origin=own).status, 200)
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "http://localhost"):
            self.assertEqual(self.ask("/api/v1/runs", Origin=origin).status, 403)
            self.assertEqual(self.ask("/api/v1/runs/1/cancel", "POST", "{}", Origin=origin).status, 403)
        for site in ("cross-site", "same-site"):
            self.assertEqual(self.ask("/api/v1/runs", Sec_Fetch_Site=site).status, 403)
            self.assertEqual(self.ask("/", Sec_Fetch_Site=site).status, 403)
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
        self.assertEqual(self.ask("/", Sec_Fetch_Dest="document", **link).status, 200)
        self.assertEqual(self.ask("/", Sec_Fetch_Dest="iframe", **link).status, 403)

    def test_a_post_needs_json_and_a_view_allows_no_action(self):
        form = self.ask("/api/v1/runs/1/cancel", "POST", "a=b",
                        Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(form.status, 415)
        self.assertEqual(self.ask("/api/v1/runs/1/cancel", "POST", "{}").status, 403)
        self.assertEqual(self.ask("/", "POST", "{}").status, 405)
        self.assertEqual(self.ask("/api/v1/runs", "DELETE").status, 405)

    def test_every_answer_has_its_policies(self):
        page = self.ask("/", with_session=False)
        self.assertEqual(page.status, 200)
        policy = page.headers["content-security-policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe", policy)
        for path in ("/", "/api/v1/info", "/nothing", "/api/v1/openapi.json"):
            answer = self.ask(path)
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff", path)
            self.assertEqual(answer.headers["referrer-policy"], "no-referrer", path)
            self.assertIn("default-src 'none'", answer.headers["content-security-policy"], path)

    def test_the_api_is_described_as_in_the_tree(self):
        tree = pathlib.Path(__file__).resolve().parents[2] / "runner/review/api/openapi.json"
        answer = self.ask("/api/v1/openapi.json", with_session=False)
        self.assertEqual(answer.body.decode(), tree.read_text())

    def test_no_path_leaves_the_page(self):
        for path in ("/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../cellar.db",
                     "/cellar.db", "//etc/passwd", "/assets/%00", "/cellar.db.session"):
            self.assertEqual(self.ask(path).status, 404, path)
        for path in ("/%", "/%zz", "/%1", "/?a=%f"):
            self.assertEqual(self.ask(path).status, 400, path)

    def test_head_says_the_size_and_sends_nothing(self):
        whole = self.ask("/api/v1/runs")
        head = self.ask("/api/v1/runs", "HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["content-length"], str(len(whole.body)))

    def test_too_much_is_refused(self):
        self.assertEqual(self.ask("/api/v1/info", X_Long="a" * 20_000).status, 431)
        self.assertEqual(self.ask("/api/v1/runs", "POST", "", Content_Length=str(1 << 30)).status, 413)

    def test_garbage_ends_its_connection_and_no_other(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as garbage:
            garbage.sendall(b"\x16\x03\x01 not http\r\n\r\n")
            self.assertEqual(garbage.recv(100), b"")
        self.assertEqual(self.ask("/api/v1/info").status, 200)

    def test_one_connection_serves_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for _ in range(3):
            connection.request("GET", "/api/v1/info", headers={"Authorization": f"Bearer {self.session}"})
            self.assertEqual(connection.getresponse().read()[:1], b"{")
        connection.close()

    def test_the_session_is_its_owners_alone(self):
        self.assertRegex(self.session, "^[0-9a-f]{64}$")
        self.assertEqual(stat.S_IMODE((self.folder / "cellar.db").stat().st_mode), 0o600)
        self.assertFalse((self.folder / "cellar.db.session").exists())  # a view writes nothing


class HostileOutputs(served.Served):
    def parts(self):
        cells = self.get("/runs/1")["cells"]
        return {part["mime"]: part["url"] for output in cells[1]["outputs"] for part in output["parts"]}

    def test_html_may_do_nothing(self):
        answer = self.ask(self.parts()["text/html"], with_session=False)
        self.assertEqual(answer.status, 200)
        policy = answer.headers["content-security-policy"]
        self.assertRegex(policy, "^sandbox;")
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("script-src", policy)
        self.assertIn(b"<b id=x>bold</b>", answer.body)

    def test_scripts_need_the_owners_leave(self):
        self.assertEqual(self.ask(self.parts()["text/html"] + "&scripts=1").status, 403)

    def test_svg_is_a_picture_that_runs_nothing(self):
        answer = self.ask(self.parts()["image/svg+xml"])
        self.assertEqual(answer.headers["content-type"], "image/svg+xml")
        self.assertRegex(answer.headers["content-security-policy"], "^sandbox;")

    def test_markdown_keeps_no_script(self):
        answer = self.ask(self.parts()["text/markdown"])
        self.assertNotIn(b"href=\"javascript:", answer.body)
        self.assertNotIn(b"<img src=x", answer.body)

    def test_a_key_is_for_one_part_alone(self):
        url = self.parts()["text/html"]
        for other in (url.replace("/1/1/1/", "/1/1/0/"), url.replace("text%2Fhtml", "text%2Fplain"),
                      url[:-1] + ("0" if url[-1] != "0" else "1"), url.split("&")[0],
                      url + "&type=text%2Fplain", url + "&" + url.split("&")[1],
                      "/parts/1/1/1?type=a&key=b", "/parts"):
            self.assertEqual(self.ask(other).status, 403, other)

    def test_a_download_has_a_name_of_ours(self):
        answer = self.ask(self.parts()["image/svg+xml"] + "&download=1")
        self.assertEqual(answer.headers["content-type"], "application/octet-stream")
        self.assertEqual(answer.headers["content-disposition"],
                         'attachment; filename="run-1-cell-01-output-1.svg"')

    def test_a_large_output_comes_in_slices(self):
        document = self.ask("/api/v1/runs/1")
        self.assertLess(len(document.body), 200_000)
        part = document.json()["cells"][2]["outputs"][0]["parts"][0]
        self.assertEqual((part["bytes"], part["inline"]), (10_000_001, False))
        piece = self.get("/runs/1/cells/2/outputs/0?from=9999995&limit=6")
        self.assertEqual(piece["text"], "56789\n")
        self.assertEqual(len(self.ask(part["url"]).body), 10_000_001)


if __name__ == "__main__":
    served.main()
