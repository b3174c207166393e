"""Drives a headless Chromium over its debugging socket; see console-screens.sh."""
import base64, json, os, shutil, socket, struct, subprocess, sys, tempfile, time, urllib.request

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
         "--disable-background-networking --disable-component-update --disable-sync").split()


class Browser:
    """One page, spoken to over a WebSocket made of the standard library."""

    def __init__(self):
        self.profile = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            ["chromium", *FLAGS, f"--user-data-dir={self.profile}", "--remote-debugging-port=0", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = os.path.join(self.profile, "DevToolsActivePort")
        self.until(lambda: os.path.exists(port_file) and open(port_file).read().strip(), "chromium does not start")
        port = int(open(port_file).readline())
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        path = next(p for p in pages if p["type"] == "page")["webSocketDebuggerUrl"].split(str(port), 1)[1]
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.buffer, self.number, self.complaints = b"", 0, []
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        self.buffer = self.buffer.split(b"\r\n\r\n", 1)[1]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def take(self, count):
        while len(self.buffer) < count:
            self.buffer += self.socket.recv(1 << 16)
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def message(self):
        whole = b""
        while True:
            first, second = self.take(2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", self.take(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self.take(8))[0]
            whole += self.take(length)
            if first & 128:
                return json.loads(whole)

    def call(self, method, **params):
        self.number += 1
        data, mask = json.dumps({"id": self.number, "method": method, "params": params}).encode(), os.urandom(4)
        length = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0xFE, len(data))
        self.socket.sendall(b"\x81" + length + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(data)))
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                return answer["result"]
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.complaints.append(json.dumps(answer["params"])[:400])

    def js(self, code):
        return self.call("Runtime.evaluate", expression=code, returnByValue=True)["result"].get("value")

    def until(self, done, what, seconds=60):
        end = time.time() + seconds
        while not done():
            if time.time() > end:
                sys.exit(what)
            time.sleep(0.1)

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.until(lambda: self.js(f"document.readyState === 'complete' && location.href === {json.dumps(url)}"), f"{url} does not load")

    def window(self, width, dark):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def tall(self, height):
        """What sticks to the window's edge stands where it belongs in a window that holds the whole page."""
        self.call("Emulation.setDeviceMetricsOverride", width=self.js("innerWidth"), height=height, deviceScaleFactor=1, mobile=False)

    def picture(self, path):
        height = min(self.js("document.documentElement.scrollHeight"), 4000)
        self.tall(height)
        clip = {"x": 0, "y": 0, "width": self.js("innerWidth"), "height": height, "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def main(link, out):
    base = link.split("/login")[0]
    browser = Browser()
    wrong = []
    try:
        browser.open(link)
        browser.js("document.querySelector('form button').click()")
        browser.until(lambda: browser.js("location.pathname === '/'"), "signing in does not lead to the front page")
        browser.until(lambda: browser.js("document.getElementById('live').textContent.startsWith('●')"), "the page is not live")
        browser.until(lambda: browser.js("!!document.querySelector('.plan, #open a')"), "no incident opens")
        pages = {"now": "/", "card": browser.js("document.querySelector('#open a').getAttribute('href')"),
                 "incidents": "/incidents", "cases": "/cases", "tickets": "/tickets", "ticket": "/tickets/T-1",
                 "sent": "/deliveries", "received": "/received", "audit": "/audit"}
        for name, path in pages.items():
            for width in (1280, 390):
                for dark in (False, True):
                    browser.window(width, dark)
                    browser.open(base + path)
                    wide = browser.js("document.documentElement.scrollWidth - innerWidth")
                    if wide > 0:
                        wrong.append(f"{path} is {wide} pixels too wide at {width}")
                    browser.picture(os.path.join(out, f"{name}-{width}{'-dark' if dark else ''}.png"))
        wrong += browser.complaints
    finally:
        browser.close()
    print(f"pictures in {out}")
    if wrong:
        sys.exit("\n".join(wrong))


main(*sys.argv[1:3])
