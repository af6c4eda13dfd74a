"""What servers are put through, with `rtmp bench` as the load, and what is kept of it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import servers
from .machine import LOAD_CPU, SERVER_CPU, Process, Trouble, resident_mb


@dataclass(frozen=True)
class Scale:
    """How much of everything: a whole measurement, or a look whether all of it works."""

    # A multiple of two seconds, a group of pictures: each measured time has as many key frames as all others.
    window: float = 6
    settle: float = 3
    stuck: float = 42
    # Connections are divided by this.
    thin: int = 1

    def clients(self, count):
        return max(count // self.thin, 5)


FULL = Scale()
QUICK = Scale(window=1, settle=0.5, stuck=2, thin=10)


@dataclass(frozen=True)
class Row:
    """A figure in the table."""

    label: str
    field: str
    unit: str
    more_is_better: bool = False
    # Whether servers did the same for it.
    is_comparable: bool = True


@dataclass(frozen=True)
class Floor:
    """The kernel's part alone, of the same messages: a program that is its own load."""

    work: str
    connections: int
    megabits: int
    per_send: int = 1

    def run(self, program, scale, folder):
        command = [program, self.work, "--connections", scale.clients(self.connections)]
        command += ["--bitrate", self.megabits * 1000000, "--seconds", scale.window]
        command += ["--cpu", SERVER_CPU, "--load-cpu", LOAD_CPU]
        if self.work == "fanout":
            command += ["--per-send", self.per_send]
        with open(f"{folder}/floor.log", "a") as log:
            with Process([str(word) for word in command], {SERVER_CPU, LOAD_CPU}, log, keeps_output=True) as floor:
                said = floor.output(scale.window + 30)
        try:
            return json.loads(said)
        except ValueError:
            raise Trouble("no floor; see floor.log") from None


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    run: Callable
    rows: tuple
    # Or one that is put under the same load as servers.
    floor: Floor | servers.FloorServer | None = None
    write_latency: str | None = None
    # Whether clients come through TLS.
    is_secure: bool = False
    # What nginx is told to have room for: it takes the memory at once.
    connections: int = 1024
    # One that takes long is not measured again and again.
    rounds: int = 99
    quick: bool = True

    @property
    def merges(self):
        """Whether messages wait for company, in servers that can."""
        return self.write_latency not in (None, "0ms")


class Load:
    """`rtmp bench` against a running server."""

    def __init__(self, rtmp, server, scenario, scale, folder):
        self.rtmp, self.server, self.scale, self.folder = rtmp, server, scale, folder
        self.scheme = "rtmps" if scenario.is_secure else "rtmp"
        self.options = ["--json"] + (["--ca", servers.certificate(folder)] if scenario.is_secure else [])

    def start(self, mode, stream, **options):
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        url = f"{self.scheme}://127.0.0.1:{self.server.port}/live/{stream}"
        command = [self.rtmp, "bench", mode, url, *self.options, *words]
        with open(f"{self.folder}/load.log", "a+") as log:
            return Process(command, {LOAD_CPU}, log, keeps_output=True)

    def measure(self, mode, stream, patience, **options):
        with self.start(mode, stream, pid=self.server.pid, **options) as load:
            said = load.output(patience + 30)
        try:
            found = json.loads(said)
        except ValueError:
            raise Trouble(f"rtmp bench {mode}: {said.strip() or self.last_words()}") from None
        if "rss_kb" in found:
            found["rss_mb"] = found["rss_kb"] / 1e3
        return found

    def last_words(self):
        with open(f"{self.folder}/load.log") as log:
            return log.read().strip()[-300:]

    def play(self, stream, publish, patience, **play):
        """Players of streams that somebody else publishes."""
        with self.start("publish", stream, duration="1h", **publish) as publisher:
            time.sleep(0.5 + publish.get("streams", 1) / 50)
            found = self.measure("play", stream, patience, **play)
            if publisher.has_ended():
                found["publisher"] = self.last_words()
        return found


def fan_out(players, megabits):
    def run(load):
        scale = load.scale
        count = scale.clients(players)
        return load.play(
            "fan",
            dict(bitrate=f"{megabits}M"),
            scale.window + scale.settle + count / 250,
            players=count,
            ramp="250/s",
            verify=3,
            settle=f"{scale.settle}s",
            duration=f"{scale.window}s",
        )

    return run


def many(streams, megabits):
    def run(load):
        scale = load.scale
        count = scale.clients(streams)
        return load.play(
            "many%d",
            dict(bitrate=f"{megabits}M", streams=count),
            scale.window + scale.settle + count / 100,
            players=count,
            streams=count,
            ramp="100/s",
            verify=5,
            settle=f"{scale.settle}s",
            duration=f"{scale.window}s",
        )

    return run


def ingest(streams, megabits):
    def run(load):
        scale = load.scale
        count = scale.clients(streams)
        options = dict(streams=count, bitrate=f"{megabits}M", settle=f"{scale.settle}s", duration=f"{scale.window}s")
        return load.measure("publish", "in%d", scale.window + scale.settle + count / 50, **options)

    return run


def join(load):
    """Players that come one after the other, so that each meets a server that has time."""
    count = load.scale.clients(100)
    return load.play("join", dict(bitrate="4M"), 5, players=count, ramp="20/s", verify=0, settle="0s", duration="1s")


def idle(connections):
    def run(load):
        scale = load.scale
        count = scale.clients(connections)
        options = dict(connections=count, ramp="1000/s", settle=f"{scale.settle}s", duration=f"{scale.window}s")
        return load.measure("idle", "idle", scale.window + scale.settle + count / 1000, **options)

    return run


def connect(rate):
    def run(load):
        scale = load.scale
        return load.measure(
            "connect", "storm", scale.window, rate=f"{scale.clients(rate)}/s", duration=f"{scale.window}s"
        )

    return run


def stuck(load):
    """One player in ten never reads. It takes a while until any sane bound on what waits for them is reached."""
    scale = load.scale
    count, window = scale.clients(100), scale.stuck
    found = load.play(
        "stuck",
        dict(bitrate="4M"),
        window + count / 250,
        players=count,
        ramp="250/s",
        verify=5,
        stall=count // 10,
        settle="0s",
        duration=f"{window}s",
    )
    memory = [found["rss_before_kb"], *found.get("rss_every_4s_kb", []), found["rss_kb"]]
    found["grown_mb"] = (memory[-1] - memory[0]) / 1e3
    found["grown_late_mb"] = (memory[-1] - memory[len(memory) // 2]) / 1e3
    return found


def saturate(load):
    """Players of one stream, 500 more every few seconds, until one misses a message or gets it late."""
    scale = load.scale
    step, most = scale.clients(500), scale.clients(500) * (16 if scale.thin == 1 else 2)
    settle = min(scale.settle, 1)
    # Whole groups of pictures: a step is judged by the bytes of the first.
    window = 4 if scale.window > 4 else 2
    found = load.play(
        "full",
        dict(bitrate="2M"),
        most / step * (settle + window + 5 + step / 500),
        players=step,
        step=step,
        max=most,
        ramp="500/s",
        verify=3,
        settle=f"{settle}s",
        duration=f"{window}s",
        limit="100ms",
    )
    sustained = [step for step in found["steps"] if step["ok"]]
    if sustained:
        found["latency_p99_ms"] = sustained[-1]["latency_p99_ms"]
    # It was not the server, or not only the server, that came to its end.
    found["is_at_least"] |= any(has_no_cpu_left(step) for step in found["steps"])
    return found


def start(load):
    time.sleep(load.scale.settle)
    return {"rss_mb": resident_mb(load.server.pid)}


CPU = Row("CPU per message", "cpu_ms_per_1000_msgs", "µs")
P99 = Row("latency, p99", "latency_p99_ms", "ms")
RESIDENT = Row("memory (RSS)", "rss_mb", "MB")
CONNECT = (
    Row("CPU per client", "cpu_us_per_conn", "µs"),
    Row("to its stream, p50", "took_p50_ms", "ms"),
    Row("p99", "took_p99_ms", "ms"),
)
IDLE = (Row("memory per connection (PSS)", "pss_kb_per_conn", "kB"), Row("CPU", "server_cpu_pct", "%"))


def scenarios():
    yield Scenario(
        "fanout-100",
        "one stream of 4 Mbit/s to 100 players",
        fan_out(100, 4),
        (CPU, P99, RESIDENT),
        Floor("fanout", 100, 4),
        write_latency="0ms",
    )
    yield Scenario(
        "fanout-500",
        "one stream of 2 Mbit/s to 500 players",
        fan_out(500, 2),
        (CPU, P99, RESIDENT),
        Floor("fanout", 500, 2),
        write_latency="0ms",
        quick=False,
    )
    yield Scenario(
        "fanout-100-merged",
        f"the same 100 players, messages wait up to 100 ms for company (nginx: `{servers.NGINX_MERGING}`)",
        fan_out(100, 4),
        (CPU, P99, RESIDENT),
        Floor("fanout", 100, 4, per_send=7),
        write_latency="100ms",
    )
    yield Scenario(
        "fanout-500-merged",
        f"the same 500 players, messages wait up to 100 ms for company (nginx: `{servers.NGINX_MERGING}`)",
        fan_out(500, 2),
        (CPU, P99, RESIDENT),
        Floor("fanout", 500, 2, per_send=7),
        write_latency="100ms",
        quick=False,
    )
    yield Scenario(
        "ingest-100",
        "100 streams of 4 Mbit/s come in, nobody plays",
        ingest(100, 4),
        (CPU, RESIDENT),
        Floor("ingest", 100, 4),
    )
    yield Scenario(
        "many-50",
        "50 streams of 2 Mbit/s, each to one player",
        many(50, 2),
        (CPU, P99, RESIDENT),
        Floor("relay", 50, 2),
        write_latency="0ms",
    )
    yield Scenario(
        "saturate",
        "players of one stream of 2 Mbit/s, 500 more at a time, until one misses a message or gets it 100 ms late",
        saturate,
        (
            Row("players sustained", "max_players", "", more_is_better=True),
            Row("latency then, p99", "latency_p99_ms", "ms", is_comparable=False),
        ),
        connections=8192,
        rounds=2,
    )
    yield Scenario(
        "join",
        "players come one by one to a stream of 4 Mbit/s",
        join,
        (Row("to the first key frame, p50", "first_key_p50_ms", "ms"), Row("p99", "first_key_p99_ms", "ms")),
        rounds=3,
        quick=False,
    )
    yield Scenario(
        "connect",
        "1,000 clients a second connect, create a stream and leave",
        connect(1000),
        CONNECT,
        servers.FLOOR,
    )
    yield Scenario(
        "fanout-100-tls",
        "one stream of 4 Mbit/s to 100 players, all through TLS 1.3 (nginx: its stream module in front, the same worker)",
        fan_out(100, 4),
        (CPU, P99, RESIDENT),
        write_latency="0ms",
        is_secure=True,
    )
    yield Scenario(
        "connect-tls",
        "200 clients a second connect through TLS 1.3, none of them a second time, create a stream and leave",
        connect(200),
        CONNECT,
        is_secure=True,
    )
    yield Scenario("idle-2000", "2,000 connections that do nothing", idle(2000), IDLE, connections=4096, rounds=3)
    yield Scenario(
        "idle-10000",
        "10,000 connections that do nothing",
        idle(10000),
        IDLE,
        connections=16384,
        rounds=2,
        quick=False,
    )
    yield Scenario(
        "stuck",
        "10 of 100 players of 4 Mbit/s never read, for 42 seconds",
        stuck,
        (
            Row("memory grows by", "grown_mb", "MB"),
            Row("of it in the second half", "grown_late_mb", "MB"),
            Row("messages that the others miss", "gaps", ""),
        ),
        rounds=1,
    )
    yield Scenario(
        "start",
        "nobody has come yet",
        start,
        (RESIDENT, Row("program, stripped", "binary_mb", "MB")),
        rounds=3,
    )


SCENARIOS = {scenario.name: scenario for scenario in scenarios()}


def is_long(found):
    """Whether the measured time has two groups of pictures: in less, one key frame more or less is much."""
    return found.get("window_s", 0) > 3.9


def has_no_cpu_left(load):
    return (load.get("load_cpu_pct") or 0) > 90


def troubles(found, scenario):
    """Why a run's figures are not to be taken at their word."""
    if scenario.name == "saturate":
        return []
    named = [
        ("gaps", "messages missing"),
        ("order_errors", "messages out of order"),
        ("checksum_errors", "messages damaged"),
        ("time_backwards", "timestamps going back"),
        ("faults_before", "messages missing or wrong before the measured time"),
        ("errors", "connections refused"),
        ("disconnects", "connections lost"),
        ("unfinished", "connections unfinished"),
    ]
    said = [f"{found[name]} {words}" for name, words in named if found.get(name)]
    if is_long(found) and found.get("least_share") is not None and found["least_share"] < 0.9:
        said.append(f"one player got {found['least_share']:.0%} of the others' bytes")
    if has_no_cpu_left(found):
        said.append("the load had no CPU left")
    if found.get("refused_bytes", 0) > 0.001 * found.get("bytes", 0):
        said.append("the other ends of the floor were too slow")
    if "publisher" in found:
        said.append(f"the publisher ended: {found['publisher']}")
    return said
