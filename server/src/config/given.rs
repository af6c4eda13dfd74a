//! What options have been given.

use std::collections::BTreeMap;

use rtmp_console::{OPTIONS, Opt, Settings};

/// Options and what they have been given, by a file, the environment or a command line: each at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(BTreeMap<&'static str, String>);

impl Given {
    /// Gives `option` this text, instead of what it had.
    ///
    /// # Errors
    ///
    /// What would be right, for a text that is not.
    pub fn give(&mut self, option: &'static Opt, text: &str) -> Result<(), String> {
        option.set(&mut Settings::default(), text)?;
        self.0.insert(option.name, text.to_owned());
        Ok(())
    }

    /// How many options are given.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `option` is given.
    pub fn has(&self, option: &Opt) -> bool {
        self.0.contains_key(option.name)
    }

    /// The options that are given, in the order of the table.
    pub fn options(&self) -> impl Iterator<Item = &'static Opt> + '_ {
        OPTIONS.iter().filter(|option| self.has(option))
    }

    /// What they stand for; those that are not given have their defaults.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        OPTIONS.iter().for_each(|option| self.set(option, &mut settings));
        settings
    }

    /// These, and what `weaker` has been given besides.
    #[must_use]
    pub fn or(mut self, weaker: &Self) -> Self {
        for (name, text) in &weaker.0 {
            self.0.entry(name).or_insert_with(|| text.clone());
        }
        self
    }

    /// The options that stand for something else than in `other`, in the order of the table. To say the same in other words
    /// (`1m`, `60s`) is no difference, nor to say the default.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'static Opt> + 'a {
        let alone = |given: &Self, option| {
            let mut settings = Settings::default();
            given.set(option, &mut settings);
            settings
        };
        OPTIONS
            .iter()
            .filter(move |option| alone(self, option) != alone(other, option))
    }

    /// Gives `option` what `other` has given it, be it nothing.
    pub fn take_over(&mut self, option: &'static Opt, other: &Self) {
        match other.0.get(option.name) {
            Some(text) => self.0.insert(option.name, text.clone()),
            None => self.0.remove(option.name),
        };
    }

    fn set(&self, option: &Opt, settings: &mut Settings) {
        if let Some(text) = self.0.get(option.name) {
            // It was right when it was given, and whether it is depends on nothing else.
            let _ = option.set(settings, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn given(all: &[(&str, &str)]) -> Given {
        let mut given = Given::default();
        for (name, text) in all {
            given.give(Opt::find(name).unwrap(), text).unwrap();
        }
        given
    }

    fn names<'a>(options: impl Iterator<Item = &'a Opt>) -> Vec<&'a str> {
        options.map(|option| option.name).collect()
    }

    #[test]
    fn what_is_given_becomes_settings() {
        let settings = given(&[("wait", "30s"), ("takeover", "on")]).settings();
        let expected = Settings {
            wait: Duration::from_secs(30),
            takeover: true,
            ..Settings::default()
        };
        assert_eq!(settings, expected);
        assert_eq!(Given::default().settings(), Settings::default());
    }

    #[test]
    fn what_is_wrong_is_not_given() {
        let mut given = given(&[("wait", "30s")]);
        let before = given.clone();
        assert!(given.give(Opt::find("wait").unwrap(), "soon").is_err());
        assert_eq!(given, before);
    }

    #[test]
    fn the_stronger_ones_count() {
        let both = given(&[("wait", "1s")]).or(&given(&[("wait", "2s"), ("max-lag", "3s")]));
        assert_eq!(both, given(&[("wait", "1s"), ("max-lag", "3s")]));
    }

    #[test]
    fn a_difference_is_one_of_meaning() {
        let one = given(&[("keepalive", "1m"), ("wait", "10s"), ("workers", "2")]);
        let other = given(&[("keepalive", "60s"), ("workers", "3"), ("takeover", "on")]);
        assert_eq!(names(one.differences(&other)), ["workers", "takeover"]);
        assert_eq!(names(other.differences(&one)), ["workers", "takeover"]);
        assert_eq!(names(one.differences(&one)), [""; 0]);
    }

    #[test]
    fn an_option_can_be_as_another_has_it() {
        let mut one = given(&[("workers", "2"), ("wait", "1s")]);
        let other = given(&[("workers", "3")]);
        for name in ["workers", "wait"] {
            one.take_over(Opt::find(name).unwrap(), &other);
        }
        assert_eq!(one, other);
    }
}
