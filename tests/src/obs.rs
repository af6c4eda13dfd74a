//! OBS Studio with a configuration of its own, on a display that nobody sees.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Command,
};

use crate::{
    certificate::Trust,
    program::{self, Program},
};

/// OBS that streams a plain colour and silence; dropping it kills it.
#[derive(Debug)]
pub struct Obs {
    /// The process.
    pub program: Program,
    /// Kept for as long as OBS draws on it.
    _display: Program,
}

const GLOBAL: &str = "\
[General]
FirstRun=true
LastVersion=486539266
Pre19Defaults=false
Pre21Defaults=false
Pre23Defaults=false
Pre24.1Defaults=false
[Basic]
Profile=Test
ProfileDir=Test
SceneCollection=Test
SceneCollectionFile=Test
";

const PROFILE: &str = "\
[General]
Name=Test
[Video]
BaseCX=320
BaseCY=180
OutputCX=320
OutputCY=180
FPSType=1
FPSInt=25
[Output]
Mode=Simple
Reconnect=false
[SimpleOutput]
VBitrate=300
ABitrate=64
StreamEncoder=x264
UseAdvanced=true
Preset=ultrafast
x264Settings=keyint=25
";

const SCENE: &str = r#"{
    "name": "Test", "current_scene": "Scene", "current_program_scene": "Scene", "scene_order": [{"name": "Scene"}],
    "sources": [
        {"id": "scene", "name": "Scene", "settings": {"id_counter": 1, "items": [{"name": "Colour", "id": 1, "visible": true}]}},
        {"id": "color_source_v3", "name": "Colour", "settings": {"color": 4281812223, "width": 320, "height": 180}}
    ]
}"#;

impl Obs {
    /// Starts to stream `key` to `server`, which are the two fields of its settings.
    ///
    /// # Panics
    /// If OBS or the display does not start.
    #[must_use]
    pub fn stream(server: &str, key: &str, directory: &Path) -> Self {
        Self::start(
            server,
            &format!(r#""server": "{server}", "key": "{key}""#),
            directory,
        )
    }

    /// The same with the user name and password of its settings.
    ///
    /// # Panics
    /// If OBS or the display does not start.
    #[must_use]
    pub fn stream_as(user: &str, password: &str, server: &str, key: &str, directory: &Path) -> Self {
        let authentication = format!(r#""use_auth": true, "username": "{user}", "password": "{password}""#);
        Self::start(
            server,
            &format!(r#""server": "{server}", "key": "{key}", {authentication}"#),
            directory,
        )
    }

    fn start(server: &str, settings: &str, directory: &Path) -> Self {
        let configuration = directory.join("config/obs-studio");
        let profile = configuration.join("basic/profiles/Test");
        let scenes = configuration.join("basic/scenes");
        let service = format!(r#"{{"type": "rtmp_custom", "settings": {{{settings}}}}}"#);
        for folder in [&profile, &scenes] {
            fs::create_dir_all(folder).expect("the scratch directory is writable");
        }
        for (file, text) in [
            (configuration.join("global.ini"), GLOBAL),
            (profile.join("basic.ini"), PROFILE),
            (profile.join("service.json"), &service),
            (scenes.join("Test.json"), SCENE),
        ] {
            fs::write(file, text).expect("the scratch directory is writable");
        }

        // The display server chooses a free number and says it.
        let mut xvfb = Command::new(program::find("Xvfb"));
        xvfb.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "640x480x24",
            "-nolisten",
            "tcp",
        ]);
        let (display, said) = Program::start_piped("xvfb", &mut xvfb, directory);
        let mut number = String::new();
        BufReader::new(said)
            .read_line(&mut number)
            .expect("Xvfb says its display number");
        assert!(
            !number.is_empty(),
            "Xvfb does not start; it said:\n{}",
            display.output()
        );

        let trust = Trust::of(server, directory);
        let mut obs = Command::new(program::find("obs"));
        obs.args([
            "--startstreaming",
            "--minimize-to-tray",
            "--multi",
            "--disable-updater",
        ])
        .env("DISPLAY", format!(":{}", number.trim()))
        .env("HOME", directory)
        .env("XDG_CONFIG_HOME", directory.join("config"))
        .env("XDG_RUNTIME_DIR", directory)
        .env("QT_QPA_PLATFORM", "xcb")
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
        // It reads the system's certificates, wherever it is told to look.
        let mut obs = trust.of_system(obs, directory);
        Self {
            program: Program::start("obs", &mut obs, directory),
            _display: display,
        }
    }
}
