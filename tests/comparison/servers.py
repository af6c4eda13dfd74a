"""The servers that are compared."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass

from .machine import CPUS, Process, Trouble, family, free_port

NGINX, NGINX_MODULES = "/usr/sbin/nginx", "/usr/lib/nginx/modules"
NGINX_RTMP, NGINX_STREAM = f"{NGINX_MODULES}/ngx_rtmp_module.so", f"{NGINX_MODULES}/ngx_stream_module.so"
NGINX_PACKAGES = ("nginx", "libnginx-mod-rtmp", "libnginx-mod-stream", "openssl")

NGINX_CONF = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
load_module {rtmp_module};
load_module {stream_module};
worker_processes 1;
worker_rlimit_nofile 65536;
events {{ worker_connections {connections}; }}
rtmp {{
    access_log off;
    server {{
        listen 127.0.0.1:{port};
        chunk_size {chunk_size};
        {merging}
        application live {{ live on; }}
    }}
}}
{tls}
"""

# Its RTMP module knows no TLS. The same worker takes it off, and connects to itself.
NGINX_TLS = """\
stream {{
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        proxy_pass 127.0.0.1:{rtmp_port};
    }}
}}
"""


# What comes nearest to messages that wait for company: frames of video wait for the next audio message, or until there
# are so many messages, 100 ms of our streams. Each is still sent by itself (ngx_rtmp_send).
NGINX_MERGING = "buffer 100ms; out_cork 7;"


@dataclass(frozen=True)
class Server:
    name: str
    what: str
    package: str | None = None
    workers: int = 1
    chunk_size: int | None = None
    # Only these scenarios; all, if none are named.
    only: tuple = ()

    @property
    def is_ours(self):
        return self.package is not None

    @property
    def column(self):
        """Its place in the table: that of the server with one worker."""
        return self.name.removesuffix(f"-{self.workers}")

    @property
    def cpus(self):
        return set(CPUS[: self.workers])

    @property
    def speaks_tls(self):
        """Without being built for it: rtmp-mio has a feature."""
        return self.package != "rtmp-mio"

    def files(self, binaries):
        """What has to be on the disk to run it."""
        return [f"{binaries}/{BINARY[self.package]}"] if self.is_ours else [NGINX, NGINX_RTMP]

    def command(self, binaries, folder, port, scenario):
        rtmp_port = free_port() if scenario.is_secure else port
        if scenario.is_secure:
            make_certificate(folder)
        if not self.is_ours:
            return self._nginx(folder, port, rtmp_port, scenario)
        command = [*self.files(binaries), *(["serve"] if self.package == "rtmp-server" else [])]
        command += ["--listen", f"127.0.0.1:{rtmp_port}", "--log-level", "warn", "--workers", str(self.workers)]
        if scenario.is_secure:
            command += ["--tls-listen", f"127.0.0.1:{port}", "--tls-cert", certificate(folder), "--tls-key", key(folder)]
        if scenario.write_latency is not None:
            command += ["--write-latency", scenario.write_latency]
        return command

    def _nginx(self, folder, port, rtmp_port, scenario):
        configuration = f"{folder}/nginx.conf"
        settings = dict(port=rtmp_port, connections=scenario.connections, chunk_size=self.chunk_size, tls="")
        settings["merging"] = NGINX_MERGING if scenario.merges else ""
        if scenario.is_secure:
            files = dict(certificate=certificate(folder), key=key(folder))
            settings["tls"] = NGINX_TLS.format(port=port, rtmp_port=rtmp_port, **files)
        with open(configuration, "w") as file:
            file.write(
                NGINX_CONF.format(folder=folder, rtmp_module=NGINX_RTMP, stream_module=NGINX_STREAM, **settings)
            )
        return [NGINX, "-p", folder, "-c", configuration]


class FloorServer(Server):
    """The kernel's part alone of what a server does for clients that connect."""

    def command(self, binaries, folder, port, scenario):
        return [*self.files(binaries), "connect", "--port", str(port)]


BINARY = {"rtmp-server": "rtmp", "rtmp-mio": "rtmp-mio", "rtmp-tests": "floor"}

FLOOR = FloorServer("floor", "ready-made answers", package="rtmp-tests")

# Scenarios in which a second worker says something.
FOR_TWO = ("saturate",)

SERVERS = {
    server.name: server
    for server in (
        Server("rtmp-mio", "the server on mio, one thread", package="rtmp-mio"),
        Server("rtmp", "the server on tokio, one worker", package="rtmp-server"),
        Server("nginx", "Debian's nginx with its RTMP module, chunk_size 4096, its default", chunk_size=4096),
        Server(
            "nginx-60k", "the same with chunk_size 60000, its best case: one send for most messages", chunk_size=60000
        ),
        Server("rtmp-mio-2", "the server on mio, two workers", package="rtmp-mio", workers=2, only=FOR_TWO),
        Server("rtmp-2", "the server on tokio, two workers", package="rtmp-server", workers=2, only=FOR_TWO),
    )
}


class Running:
    """A server that has been started and accepts connections."""

    def __init__(self, server, binaries, folder, scenario):
        self.server, self.folder = server, folder
        self.port = free_port()
        self.command = server.command(binaries, folder, self.port, scenario)

    def __enter__(self):
        with open(f"{self.folder}/{self.server.name}.log", "a") as log:
            self.process = Process(self.command, self.server.cpus, log)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.process.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        self.process.__exit__(*exception)

    @property
    def pid(self):
        """The process that does the work. nginx's other one has most of its memory in common with it."""
        return self.process.pid if self.server.is_ours else family(self.process.pid)[-1]

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.has_ended():
                break
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    # What it does after the first connection, and nginx's second process.
                    time.sleep(0.3)
                    return
            time.sleep(0.05)
        raise Trouble(f"{self.server.name} does not listen; see {self.server.name}.log")


def certificate(folder):
    return f"{folder}/certificate.pem"


def key(folder):
    return f"{folder}/key.pem"


def make_certificate(folder):
    """One for 127.0.0.1, with a key on P-256, as certbot makes them."""
    command = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=tests-bench"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key(folder), "-out", certificate(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise Trouble("missing; as root: apt-get install --no-install-recommends openssl") from None
    if done.returncode != 0:
        raise Trouble(f"openssl makes no certificate: {done.stderr.strip()[-300:]}")


def install_nginx():
    """Debian's packages, if they are missing. Where systemd runs, Debian starts a web server on port 80 with them."""
    if all(map(os.path.exists, (NGINX, NGINX_RTMP, NGINX_STREAM))) and shutil.which("openssl"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(f"missing; as root: apt-get install --no-install-recommends {' '.join(NGINX_PACKAGES)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["update"], ["install", "--no-install-recommends", *NGINX_PACKAGES]):
        done = subprocess.run(["apt-get", "-qq", *command], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise Trouble(f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}")


def size_mb(server, binaries, folder):
    """The size of its files, without symbols."""
    size = 0
    for file in server.files(binaries):
        stripped = f"{folder}/stripped"
        subprocess.run(["strip", "-o", stripped, file], check=True)
        size += os.path.getsize(stripped)
    return size / 1e6


def version(server, binaries):
    command = [*server.files(binaries)[:1], "--version" if server.is_ours else "-v"]
    said = subprocess.run(command, capture_output=True, text=True)
    return (said.stdout or said.stderr).strip().removeprefix("nginx version: ")
