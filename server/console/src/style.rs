//! Colours, where a terminal wants them.

use std::fmt;
use std::io::IsTerminal;

/// Whether a text may have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// It goes to a terminal.
    Yes,
    /// It goes to a file or a pipe, or nobody wants them.
    No,
}

/// How a part of a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Heavier.
    Bold,
    /// Less important.
    Dim,
    /// Slanted.
    Italic,
    /// An error.
    Red,
    /// All is well.
    Green,
    /// A warning.
    Yellow,
    /// For who looks closer.
    Blue,
    /// To be typed.
    Cyan,
}

/// A text that looks like something, if it may.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    text: T,
    style: Option<Style>,
}

impl Colours {
    /// Only terminals get them, unless their user has [said no](https://no-color.org).
    pub fn of(output: &impl IsTerminal) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        if output.is_terminal() && !is_set("NO_COLOR") && !is_dumb {
            Self::Yes
        } else {
            Self::No
        }
    }

    /// `text` in `style`.
    pub fn paint<T: fmt::Display>(self, style: Style, text: T) -> Painted<T> {
        Painted {
            text,
            style: (self == Self::Yes).then_some(style),
        }
    }
}

impl Style {
    /// The parameter of "select graphic rendition" (ECMA-48 §8.3.117).
    const fn parameter(self) -> u8 {
        match self {
            Self::Bold => 1,
            Self::Dim => 2,
            Self::Italic => 3,
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
            Self::Blue => 34,
            Self::Cyan => 36,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(style) = self.style else {
            return self.text.fmt(f);
        };
        write!(f, "\x1B[{}m", style.parameter())?;
        // Width and alignment are the text's.
        self.text.fmt(f)?;
        f.write_str("\x1B[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_surround_a_text_and_do_not_change_its_width() {
        assert_eq!(
            format!("{:>5}|", Colours::Yes.paint(Style::Green, "INFO")),
            "\x1B[32m INFO\x1B[0m|"
        );
        assert_eq!(
            format!("{:>5}|", Colours::No.paint(Style::Green, "INFO")),
            " INFO|"
        );
    }
}
