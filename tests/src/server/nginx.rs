//! nginx with its RTMP module, the server that most others are compared with, and its stream module for TLS.

use std::{fs, path::Path, process::Command};

use super::Server;
use crate::{
    certificate::{Certificate, HOST},
    port,
    program::{self, Program},
};

impl Server {
    /// Starts Debian's nginx on free ports, and returns when it accepts connections.
    ///
    /// # Panics
    /// If it is not installed, or does not listen within ten seconds.
    #[must_use]
    pub fn start_nginx(directory: &Path) -> Self {
        let port = port::free();
        let process = start(directory, &rtmp(port));
        Self::of(process, |_| {
            port::is_listened_at(port).then(|| format!("rtmp://{HOST}:{port}/live"))
        })
    }

    /// The same behind TLS, with a certificate that is [issued](Certificate::issue) in the directory.
    ///
    /// # Panics
    /// As [`start_nginx`](Self::start_nginx).
    #[must_use]
    pub fn start_secure_nginx(directory: &Path) -> Self {
        let (port, tls_port) = (port::free(), port::free());
        let certificate = Certificate::issue(directory);
        let process = start(
            directory,
            &format!("{}{}", rtmp(port), stream(tls_port, port, &certificate)),
        );
        Self::of(process, |_| {
            (port::is_listened_at(port) && port::is_listened_at(tls_port))
                .then(|| format!("rtmps://{HOST}:{tls_port}/live"))
        })
    }
}

fn start(directory: &Path, protocols: &str) -> Program {
    let file = directory.join("nginx.conf");
    let place = directory.display();
    let configuration = format!(
        "daemon off;
        master_process off;
        pid {place}/nginx.pid;
        error_log {place}/nginx.log;
        load_module {MODULES}/ngx_rtmp_module.so;
        load_module {MODULES}/ngx_stream_module.so;
        events {{ worker_connections 256; }}
        {protocols}"
    );
    fs::write(&file, configuration).expect("the scratch directory is writable");
    let mut nginx = Command::new(program::find("nginx"));
    nginx.arg("-p").arg(directory).arg("-c").arg(file);
    // Before it has read the file, it writes to a log of the system's.
    nginx.arg("-e").arg("stderr");
    Program::start("nginx", &mut nginx, directory)
}

const MODULES: &str = "/usr/lib/nginx/modules";

fn rtmp(port: u16) -> String {
    format!(
        "rtmp {{
            access_log off;
            server {{
                listen 127.0.0.1:{port};
                application live {{ live on; }}
            }}
        }}
        "
    )
}

fn stream(tls_port: u16, port: u16, certificate: &Certificate) -> String {
    let (chain, key) = (certificate.chain.display(), certificate.key.display());
    format!(
        "stream {{
            server {{
                listen 127.0.0.1:{tls_port} ssl;
                ssl_certificate {chain};
                ssl_certificate_key {key};
                ssl_protocols TLSv1.2 TLSv1.3;
                proxy_pass 127.0.0.1:{port};
            }}
        }}
        "
    )
}
