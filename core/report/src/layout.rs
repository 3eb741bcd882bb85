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

fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
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
