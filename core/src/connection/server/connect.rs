//! The `connect` command and its answer (RTMP 1.0 §7.2.1.1).

use std::sync::Arc;

use crate::amf0::{Object, Value};
use crate::authmod::Reply;
use crate::message::{Capabilities, Command};

/// What a client says of itself and of the application that it wants.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ConnectCommand {
    /// The application, as sent: it may carry an instance and a query. The answer that proves a password
    /// ([`authmod`](crate::authmod)) stands in it until the request is answered, and is blank from then on, here and in
    /// `tc_url`: what is told to observers goes to logs.
    pub app: String,
    /// The URL that the client was given, as sent but for quotes around it.
    pub tc_url: String,
    /// The client's program, `FMLE/3.0 (compatible; FMSc/1.0)` and the like. Not to be relied on.
    pub flash_ver: String,
    /// Where the client's player came from, if it says so.
    pub swf_url: String,
    /// The web page of the client's player, if it says so.
    pub page_url: String,
    /// Whether the client says that it is going to publish (`type` is `nonprivate`), as FFmpeg, librtmp, OBS, GStreamer and
    /// FMLE do. Others publish without saying so.
    pub announces_publishing: bool,
    /// Which servers its stream has come through, or is played for, if the client is a relay that says so: see
    /// [`ClientConfig::via`](crate::connection::ClientConfig::via).
    pub via: String,
    /// 0 for AMF0, 3 for AMF3 as well.
    pub object_encoding: f64,
    /// What the client can do, by Enhanced RTMP. Most say nothing, whatever they can do.
    pub capabilities: Capabilities,
    pub(crate) transaction_id: f64,
}

impl ConnectCommand {
    /// Blanks what proves a password ([`authmod`](crate::authmod)): it has been seen by who had to.
    pub(super) fn redact(this: &mut Arc<Self>) {
        let [app, tc_url] = [&this.app, &this.tc_url].map(|text| Reply::redacted(text));
        if app.is_none() && tc_url.is_none() {
            return;
        }
        let connect = Arc::make_mut(this);
        connect.app = app.unwrap_or_else(|| std::mem::take(&mut connect.app));
        connect.tc_url = tc_url.unwrap_or_else(|| std::mem::take(&mut connect.tc_url));
    }

    pub(super) fn from_command(command: &Command<'_>) -> Self {
        let mut connect = Self {
            transaction_id: command.transaction_id,
            ..Self::default()
        };
        let Some(object) = command.object.as_object() else {
            return connect;
        };
        connect.capabilities = Capabilities::from_object(object);
        for (key, value) in object.iter() {
            let text = value.as_str().unwrap_or_default();
            // The specification itself prints flashver where everybody sends flashVer.
            match key {
                "app" => connect.app = text.to_owned(),
                "tcUrl" | "tcurl" => connect.tc_url = text.trim_matches('\'').to_owned(),
                "flashVer" | "flashver" => connect.flash_ver = text.to_owned(),
                "swfUrl" | "swfurl" => connect.swf_url = text.to_owned(),
                "pageUrl" | "pageurl" => connect.page_url = text.to_owned(),
                "type" => connect.announces_publishing = text == "nonprivate",
                "via" => connect.via = text.to_owned(),
                "objectEncoding" => connect.object_encoding = value.as_number().unwrap_or_default(),
                _ => {}
            }
        }
        connect
    }

    /// The application without its query, slashes around it, and the default instance.
    pub fn app_path(&self) -> &str {
        super::name::app_path(&self.app)
    }
}

/// What client and server can both read (RTMP Errata and Addenda §7.1.1). Also where it is 3 the server may go on in
/// messages for AMF 0, and does: all clients read them.
fn object_encoding(connect: &ConnectCommand) -> f64 {
    if connect.object_encoding == 3.0 { 3.0 } else { 0.0 }
}

/// The properties and the information of a successful `connect`. Old players ask for the version of an FMS.
pub(super) fn success(connect: &ConnectCommand, own: &Capabilities) -> (Object<'static>, Object<'static>) {
    let properties = Object::new()
        .with("fmsVer", "FMS/3,5,3,888")
        .with("capabilities", 127.0)
        .with("mode", 1.0);
    let mut information = Object::new()
        .with("level", "status")
        .with("code", "NetConnection.Connect.Success")
        .with("description", "Connection succeeded.")
        .with("objectEncoding", Value::Number(object_encoding(connect)));
    // A legacy client could fail on an array in its answer, and has no use for it.
    if connect.capabilities.is_enhanced() {
        own.write_to(&mut information);
    }
    (properties, information)
}
