//! What is wrong in a file, shown where it is.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One mistake, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the file that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub title: String,
    /// What would be right, said at the place.
    pub label: String,
    /// What else there is to know.
    pub help: Option<String>,
}

/// The mistakes in a file, from its first line on. It is shown as `rustc` shows its own: the file, the line, the column, the
/// line itself, and below it what to do. With colours, which who prints it leaves out where they don't belong.
#[derive(Debug)]
pub struct Report {
    file: String,
    text: String,
    mistakes: Vec<Mistake>,
}

impl Report {
    /// Of a file of this name, with this text.
    pub fn new(file: String, text: String, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.span.start);
        let text = without_passwords(text);
        Self { file, text, mistakes }
    }

    /// Each mistake in a line of its own, as logs have it: the file with line and column, and what is wrong.
    pub fn lines(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.mistakes.iter().map(|mistake| {
            let (line, column) = place(&self.text, mistake.span.start);
            let Mistake { title, label, .. } = mistake;
            (
                format!("{}:{line}:{column}", self.file),
                format!("{title}: {label}"),
            )
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self.mistakes.len() {
            1 => "a mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        write!(f, "the configuration has {count}")?;
        let renderer = Renderer::styled();
        for mistake in &self.mistakes {
            let snippet = Snippet::source(&self.text).path(&self.file).annotation(
                AnnotationKind::Primary
                    .span(mistake.span.clone())
                    .label(&mistake.label),
            );
            let mut group = Level::ERROR.primary_title(&mistake.title).element(snippet);
            if let Some(help) = &mistake.help {
                group = group.element(Level::HELP.message(help));
            }
            write!(f, "\n\n{}", renderer.render(&[group]))?;
        }
        Ok(())
    }
}

/// With stars for the passwords in URLs, byte for byte: a report may go to a log.
fn without_passwords(mut text: String) -> String {
    let mut from = 0;
    while let Some(start) = find(&text, from, "://") {
        let authority = text.get(start..).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'');
        let authority = authority.split(ends).next().unwrap_or_default();
        from = start + authority.len();
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((name, password)) = user.split_once(':')
        {
            let start = start + name.len() + 1;
            text.replace_range(start..start + password.len(), &"*".repeat(password.len()));
        }
    }
    text
}

/// Where a piece of text that is found ends.
fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    let found = text.get(from..)?.find(what)?;
    Some(from + found + what.len())
}

/// Line and column of a byte, from 1 on; columns are characters.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
    let column = before.get(start..).unwrap_or_default().chars().count();
    (line, column.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_and_no_place_is_lost() {
        let text = "url = \"rtmp://me:gehäim@h/live/\"\nurls = ['rtmps://a:b:c@h:1', \"rtmp://me@h/x\", 'rtmp://h/a:b@c']\n";
        let hidden = without_passwords(text.to_owned());
        assert_eq!(
            hidden,
            "url = \"rtmp://me:*******@h/live/\"\nurls = ['rtmps://a:***@h:1', \"rtmp://me@h/x\", 'rtmp://h/a:b@c']\n"
        );
        assert_eq!(hidden.len(), text.len());
        let report = Report::new(
            "f".to_owned(),
            text.to_owned(),
            vec![Mistake {
                span: 6..30,
                title: String::new(),
                label: String::new(),
                help: None,
            }],
        );
        assert!(!report.to_string().contains("gehäim"), "{report}");
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "a\nüb = 1\n";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, 2), (2, 1));
        assert_eq!(place(text, 4), (2, 2));
        assert_eq!(place(text, text.len()), (3, 1));
    }
}
