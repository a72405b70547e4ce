"""TLS of the page's own server and a token that somebody chose: the real program, certificates made
here by openssl, clients that verify them."""

import contextlib
import http.client
import socket
import ssl
import subprocess

import served

TOKEN = "t0ken-" + "0123456789abcdef" * 2


def make_certificate(folder, name, days=2):
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days),
                    "-keyout", key, "-out", certificate, "-subj", "/CN=ada",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key


class Tls(served.Served):
    COMMAND = ["serve"]

    @classmethod
    def prepare(cls):
        certificate, key = make_certificate(cls.folder, "server")
        token = cls.folder / "token"
        token.write_text(TOKEN + "\n")
        token.chmod(0o600)
        cls.OPTIONS = ["--tls-cert", str(certificate), "--tls-key", str(key), "--token-file", str(token)]
        cls.certificate = certificate

    def trusting(self):
        context = ssl.create_default_context(cafile=self.certificate)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def fetch(self, path, token):
        with contextlib.closing(self.trusting()) as connection:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            with connection.getresponse() as response:
                return response.status, response.read()

    def client(self, *arguments, code=0, **variables):
        environment = {name: self.environment[name] for name in ("PATH", "HOME") if name in self.environment}
        environment |= {"CELLAR_SERVER": f"https://127.0.0.1:{self.port}", "CELLAR_SERVER_TOKEN": TOKEN,
                        "CELLAR_SERVER_CA_FILE": str(self.certificate)} | variables
        done = subprocess.run([served.CELLAR, *arguments], cwd=self.folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout

    def test_the_address_is_https(self):
        self.assertIn(f"https://127.0.0.1:{self.port}/", self.line)

    def test_session_and_token_are_both_let_in(self):
        self.assertEqual(self.fetch("/api/v1/info", TOKEN)[0], 200)
        self.assertEqual(self.fetch("/api/v1/info", self.session)[0], 200)
        self.assertEqual(self.fetch("/api/v1/info", TOKEN + "x")[0], 401)
        self.assertEqual(self.fetch("/api/v1/info", "")[0], 401)

    def test_a_client_of_ours_verifies_it(self):
        run = self.client("submit", "job.toml", "--wait").split()[0]
        self.assertIn("hello from a cell", self.client("logs", run))
        self.assertEqual(len(self.client("logs", run, "--cell", "2")), 10_000_001)
        other, _ = make_certificate(self.folder, "other")
        said = self.client("runs", code=3, CELLAR_SERVER_CA_FILE=str(other))
        self.assertIn("is the authority that signed it in CELLAR_SERVER_CA_FILE?", said)
        self.assertEqual(said.count("\n"), 1)

    def test_a_large_output_and_events_go_over_it(self):
        run = self.client("submit", "job.toml", "--wait").split()[0]
        status, body = self.fetch(f"/api/v1/runs/{run}/document", TOKEN)
        self.assertEqual(status, 200)
        self.assertGreater(len(body), 10_000_000)
        status, events = self.fetch(f"/api/v1/runs/{run}/events?only=run", TOKEN)
        self.assertTrue(events.endswith(b"event: end\ndata: {}\n\n"), events[-100:])

    def test_old_protocols_are_refused(self):
        context = ssl.create_default_context(cafile=self.certificate)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with contextlib.suppress(ssl.SSLError):
            context.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(plain, server_hostname="127.0.0.1")
        context = ssl.create_default_context(cafile=self.certificate)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                self.assertEqual(secure.version(), "TLSv1.2")

    def test_plain_http_gets_nothing(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
            plain.sendall(b"GET /api/v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            with contextlib.suppress(ConnectionError):
                while piece := plain.recv(1000):
                    answer += piece
            self.assertNotIn(b"HTTP/1.1", answer)
        self.assertEqual(self.fetch("/api/v1/info", TOKEN)[0], 200)


class BadFiles(served.Served):
    @classmethod
    def prepare(cls):
        cls.certificate, cls.key = make_certificate(cls.folder, "one")
        _, cls.other_key = make_certificate(cls.folder, "two")
        cls.cellar("submit", "job.toml")  # makes the store

    def refused(self, *arguments):
        said = self.cellar("view", "--listen", "127.0.0.1:0", *arguments, code=2)
        self.assertEqual(said.count("\n"), 1, said)
        return said

    def test_a_certificate_and_its_key_go_together(self):
        self.assertIn("give both", self.refused("--tls-cert", str(self.certificate)))
        self.assertIn("give both", self.refused("--tls-key", str(self.key)))

    def test_files_that_cannot_be_used_are_named(self):
        said = self.refused("--tls-cert", "nowhere.pem", "--tls-key", str(self.key))
        self.assertIn("--tls-cert nowhere.pem: ", said)
        said = self.refused("--tls-cert", str(self.key), "--tls-key", str(self.key))
        self.assertIn(f"--tls-cert {self.key}: it holds no certificate", said)
        said = self.refused("--tls-cert", str(self.certificate), "--tls-key", str(self.certificate))
        self.assertIn(f"--tls-key {self.certificate}: it holds no key", said)
        said = self.refused("--tls-cert", str(self.certificate), "--tls-key", str(self.other_key))
        self.assertIn(f"--tls-key {self.other_key}: ", said)

    def test_a_key_with_a_password_is_refused_and_not_asked_for(self):
        locked = self.folder / "locked.key"
        subprocess.run(["openssl", "rsa", "-in", self.key, "-out", locked, "-aes256", "-passout",
                        "pass:secret"], check=True, stderr=subprocess.DEVNULL)
        said = self.refused("--tls-cert", str(self.certificate), "--tls-key", str(locked))
        self.assertIn("without a password", said)

    def test_a_token_file_is_its_owners_alone_and_long_enough(self):
        file = self.folder / "token"
        self.assertIn("--token-file nowhere: No such file", self.refused("--token-file", "nowhere"))
        file.write_text(TOKEN)
        file.chmod(0o644)
        self.assertIn("others may read it (mode 0644): chmod 600", self.refused("--token-file", str(file)))
        file.write_text("short")
        file.chmod(0o600)
        self.assertIn("32 to 4096 characters", self.refused("--token-file", str(file)))
        file.write_text("a b " * 20)
        self.assertIn("no spaces", self.refused("--token-file", str(file)))

    def test_serve_does_not_go_on_without_the_page_that_was_asked_for(self):
        said = self.cellar("serve", "--token-file", "nowhere", code=2)
        self.assertIn("--token-file nowhere: No such file", said)

    def test_with_tls_it_may_listen_elsewhere(self):
        self.assertIn("--tls-cert", self.cellar("view", "--listen", "0.0.0.0:0", code=2))
        environment = self.environment
        process = subprocess.Popen(
            [served.CELLAR, "view", "--listen", "0.0.0.0:0", "--tls-cert", self.certificate, "--tls-key",
             self.key], cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True)
        with process:
            self.assertRegex(process.stdout.readline(), r"^https://0\.0\.0\.0:\d+/#session=")
            process.terminate()


if __name__ == "__main__":
    served.main()
