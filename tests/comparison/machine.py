"""The machine that is measured on: its network, its CPUs, and processes that end when this program does."""

import ctypes
import fcntl
import os
import platform
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile

# Those that this process may use. The first and the last: neighbours may be threads of one core.
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, LOAD_CPU = CPUS[0], CPUS[-1]
ETHERNET_MTU = 1500


class Trouble(Exception):
    """What keeps a measurement from being taken, in words for whoever started it."""


def own_network():
    """Moves this process, and all that it starts, into a network namespace whose loopback has an Ethernet's MTU.

    With loopback's 65536 no message fills a segment. A server without TCP_NODELAY then holds whole messages back until
    its reader acknowledges, and the work of sending them is done, and counted, in the reader.

    Only root may, and in most containers not even root: OSError.
    """
    CLONE_NEWNET, SIOCSIFMTU, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8922, 0x8914, 1  # unshare(2), netdevice(7)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFMTU, struct.pack("16si", b"lo", ETHERNET_MTU).ljust(40, b"\0"))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP).ljust(40, b"\0"))


def first_in_line():
    """Work of others on this machine shall not count as latency. OSError where this process may not."""
    os.nice(-10)


def free_port():
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return any_socket.getsockname()[1]


class Process:
    """A process on CPUs of its own. Leaving the `with` block ends it and its process group, and nothing else."""

    def __init__(self, command, cpus, log, keeps_output=False):
        self.said = tempfile.TemporaryFile("w+") if keeps_output else None
        # A session, and a group, of its own: Ctrl-C reaches this program only, which then ends what it has started.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.said or log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        self.pid = self.process.pid
        self.handle = os.pidfd_open(self.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Until `wait` it is not reaped, ended or not: its number, which is the group's, can't become another's.
        try:
            if not self.has_ended():
                os.killpg(self.pid, signal.SIGTERM)
                self._ends_within(5)
        finally:
            # It, or children that have outlived it.
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
            os.close(self.handle)

    def has_ended(self):
        return self._ends_within(0)

    def output(self, timeout):
        """What it says until it ends."""
        if not self._ends_within(timeout):
            raise Trouble(f"no end after {timeout:.0f} s")
        self.said.seek(0)
        return self.said.read()

    def _ends_within(self, seconds):
        return bool(select.select([self.handle], [], [], seconds)[0])


def family(pid):
    """A process, its children, and theirs."""
    pids = [pid]
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                pids += [int(child) for child in children.read().split()]
    return pids


def resident_mb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return int(re.search(r"^Rss: *(\d+)", rollup.read(), re.M)[1]) / 1e3


def describe():
    with open("/proc/cpuinfo") as cpuinfo:
        about = cpuinfo.read()
    model = re.search(r"^model name\s*: (.*)", about, re.M)
    flags = re.search(r"^flags\s*: (.*)", about, re.M)
    with open("/proc/meminfo") as meminfo:
        memory = int(re.search(r"^MemTotal: *(\d+)", meminfo.read(), re.M)[1]) / 1e6
    return {
        "cpu": model[1].strip() if model else platform.machine(),
        "cpus": len(CPUS),
        "memory_gb": round(memory, 1),
        "kernel": f"Linux {platform.release()}",
        "is_virtual": "hypervisor" in (flags[1].split() if flags else []),
    }
