//! What another reader found in a recording, beside what is found here.

use serde_json::{Map, Value};

/// Told in words by the other reader.
const IN_WORDS: &str = "oddities";
/// Of a stream's media, told by this reader alone.
const OWN: [&str; 3] = ["tracks", "interleave", "findings"];

/// Adds every place where the two differ.
pub(crate) fn compare(path: &str, found: &Value, expected: &Value, differences: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let is_own = |key: &str| OWN.contains(&key) && !expected.contains_key(key);
            let keys = expected
                .keys()
                .chain(found.keys().filter(|key| !expected.contains_key(*key)));
            for key in keys.filter(|key| *key != IN_WORDS && !is_own(key)) {
                let value = |object: &Map<_, _>| object.get(key).cloned().unwrap_or_else(|| "(none)".into());
                compare(
                    &format!("{path}.{key}"),
                    &value(found),
                    &value(expected),
                    differences,
                );
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(&format!("{path}[{index}]"), found, expected, differences);
            }
        }
        _ if found == expected => {}
        _ => differences.push(format!("{path}: {found}, expected {expected}")),
    }
}
