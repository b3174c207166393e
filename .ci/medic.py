"""A running `medic run` for checks: starts, kills, signs tickets in, reads the console."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse

MEDIC = os.environ["MEDIC"]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Receiver:
    """The outside world: does the work of a key once, answers checks, counts what comes."""

    def __init__(self):
        self.posts = []
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                key = self.headers.get("idempotency-key", "")
                world.posts.append((key, self.path, body))
                self.answer(200, {"id": key[:12]})

            def do_GET(self):
                key = self.path.rsplit("/", 1)[-1]
                done = any(known == key for known, _, _ in world.posts)
                self.answer(200 if done else 404, {"status": "delivered" if done else "unknown"})

            def answer(self, status, value):
                text = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def repeats(self):
        keys = [key for key, _, _ in self.posts]
        return len(keys) - len(set(keys))


class Medic:
    """`medic run` in a folder of its own, with every endpoint at a receiver."""

    def __init__(self, folder, receiver):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.key = secrets.token_bytes(32)
        self.env = {"MEDIC_WEBHOOK_SECRET": "whsec_" + base64.b64encode(self.key).decode(), "MEDIC_LOG": "warn"}
        endpoints = "".join(
            f'[endpoints.{name}]\nbase_url = "http://127.0.0.1:{receiver.port}/{name}"\nallow_private = true\n'
            for name in ("helpdesk", "docs", "engineering")
        )
        (self.folder / "config.toml").write_text(f'[web]\nlisten = "127.0.0.1:{self.port}"\n{endpoints}')
        self.log = open(self.folder / "log", "ab")
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Whatever a check comes to, nothing of it runs on."""
        self.kill()

    def start(self):
        """Starts it and says how many seconds it took to be ready."""
        begun = time.monotonic()
        self.process = subprocess.Popen([MEDIC, "run"], cwd=self.folder, env=self.env, stdout=self.log, stderr=self.log)
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"medic run ended with {self.process.returncode}:\n{self.text_of_log()}")
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return time.monotonic() - begun
            except OSError:
                pass
            if time.monotonic() - begun > 60:
                raise SystemExit(f"medic run was not ready within a minute:\n{self.text_of_log()}")
            time.sleep(0.01)

    def whole_log(self):
        return (self.folder / "log").read_text(errors="replace")

    def text_of_log(self):
        """How the log begins and ends: the first complaint says more than its repetitions."""
        text = self.whole_log()
        free = shutil.disk_usage(self.folder).free >> 20
        kept = text if len(text) <= 4000 else f"{text[:2000]}\n[...]\n{text[-2000:]}"
        return f"{kept}\n({free} MiB are free on this disk)"

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=60):
            raise SystemExit(f"medic run ended with {self.process.returncode}:\n{self.text_of_log()}")

    def command(self, *words):
        return subprocess.run([MEDIC, *words], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def signed(self, body, message=None):
        """Posts a body as a signed webhook; status and parsed answer."""
        message = message or "msg_" + secrets.token_hex(12)
        now = str(int(time.time()))
        digest = hmac.new(self.key, f"{message}.{now}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": now,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }
        status, _, text = self.request("POST", "/v1/tickets", body, headers)
        try:
            return status, json.loads(text)
        except ValueError:
            return status, {}

    def console(self, person="ana"):
        return Console(self, person)


class Console:
    """A person signed in to the console."""

    def __init__(self, medic, person):
        self.medic = medic
        link = medic.command("console", "login", person)
        if link.returncode:
            raise SystemExit(link.stderr)
        token = urllib.parse.parse_qs(urllib.parse.urlparse(link.stdout.strip()).query)["token"][0]
        status, headers, _ = self.send("POST", "/login", {"token": token})
        if status != 303:
            raise SystemExit(f"signing in answered {status}")
        self.cookie = next(value.split(";")[0] for name, value in headers if name.lower() == "set-cookie")

    def send(self, method, path, form=None):
        headers = {"host": f"127.0.0.1:{self.medic.port}", "origin": f"http://127.0.0.1:{self.medic.port}"}
        if getattr(self, "cookie", None):
            headers["cookie"] = self.cookie
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["content-type"] = "application/x-www-form-urlencoded"
        return self.medic.request(method, path, body, headers)

    def approve(self, most=10):
        """Approves what the front page lists first, plans of at most so many incidents and cases; how many answers
        came."""
        _, _, front = self.send("GET", "/")
        answered = 0
        listed = dict.fromkeys(re.findall(r'href="(/(?:incidents|cases)/[A-Z]+-\d+)', front.decode()))
        for subject in list(listed)[:most]:
            _, _, page = self.send("GET", subject)
            for action, form in re.findall(r'<form method="post" action="(/plans/PLAN-\d+/approve)">(.*?)</form>', page.decode(), re.S):
                fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
                self.send("POST", action, fields)
                answered += 1
        return answered
