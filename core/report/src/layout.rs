//! Decides how text fills 80 columns: wrapped at blanks, hanging under its
//! label, figures at the right.

/// The widest line of any face.
pub(crate) const WIDTH: usize = 80;
/// Where the text of a labelled row begins in the narrow form.
const NARROW: usize = 11;

/// Writes `text` after `first`, further lines after as many blanks.
pub(crate) fn hanging(first: &str, text: &str) -> String {
    let indent = " ".repeat(first.chars().count());
    let room = WIDTH.saturating_sub(first.chars().count());
    let lines = wrapped(text, room);
    let mut written = String::new();
    for (place, line) in lines.iter().enumerate() {
        written.push_str(if place == 0 { first } else { &indent });
        written.push_str(line);
        written.push('\n');
    }
    written
}

/// Rows under one label: `  proof    the first`, further rows below it.
pub(crate) fn rows(label: &str, texts: &[String]) -> String {
    rows_at(label, texts, NARROW)
}

/// The same with the text beginning at column `column`.
pub(crate) fn rows_at(label: &str, texts: &[String], column: usize) -> String {
    let width = column.saturating_sub(2);
    texts
        .iter()
        .enumerate()
        .map(|(place, text)| {
            let label = if place == 0 { label } else { "" };
            hanging(&format!("  {label:<width$}"), text)
        })
        .collect()
}

/// The text with a mark in the place of everything that would move a cursor,
/// change a colour or turn the direction of reading: much of what is written here
/// was told by others.
pub(crate) fn harmless(text: &str) -> String {
    let is_harmful = |character: char| {
        let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (character.is_control() && !character.is_whitespace())
    };
    text.replace(is_harmful, "\u{fffd}")
}

fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let text = harmless(text);
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let needed = line.chars().count() + usize::from(!line.is_empty()) + word.chars().count();
        if needed > room && !line.is_empty() {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_told_moves_no_cursor_and_turns_no_line() {
        assert_eq!(
            hanging("  ", "a\u{1b}[2J\rb \u{202e}c\u{0}\n\u{85}d\u{9b}31m"),
            "  a\u{fffd}[2J b \u{fffd}c\u{fffd} d\u{fffd}31m\n"
        );
    }
}
