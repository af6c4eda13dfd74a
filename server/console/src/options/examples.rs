//! What an operator may want, and how it is typed.

/// A command, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Set in the environment.
    variables: &'static str,
    /// Behind the program's name.
    arguments: &'static str,
    /// Lines for people.
    pub about: &'static [&'static str],
}

impl Example {
    /// It is about RTMPS, which not every program serves.
    pub fn is_tls(&self) -> bool {
        self.arguments.contains("--tls")
    }

    /// What is typed to start `program`.
    pub fn command(&self, program: &str) -> String {
        format!("{} {program} {}", self.variables, self.arguments)
            .trim()
            .to_owned()
    }
}

/// From the simplest on.
pub const EXAMPLES: &[Example] = &[
    Example {
        variables: "",
        arguments: "",
        about: &[
            "Listen on port 1935 of all addresses.",
            "OBS: Settings > Stream > Custom, Server rtmp://HOST/live, Stream Key room",
            "ffmpeg -re -i FILE -c copy -f flv rtmp://HOST/live/room",
            "ffplay rtmp://HOST/live/room",
        ],
    },
    Example {
        variables: "",
        arguments: "--listen 127.0.0.1:1936 --listen unix:/run/rtmp.sock",
        about: &["Serve programs of this machine only."],
    },
    Example {
        variables: "",
        arguments: "--tls-listen :443 --tls-cert fullchain.pem --tls-key privkey.pem",
        about: &["Serve RTMPS as well."],
    },
    Example {
        variables: "",
        arguments: "--gop-cache off --max-lag 500ms",
        about: &["Stay close to live: players start at the next key frame and skip early."],
    },
    Example {
        variables: "",
        arguments: "--write-latency 100ms",
        about: &["Serve several times as many players with one processor, 100 ms later."],
    },
    Example {
        variables: "RTMP_LISTEN=:1935,:1936 RTMP_LOG_FORMAT=json",
        arguments: "",
        about: &["Every option is an environment variable, too: RTMP_ and its name."],
    },
];
