//! Lists what an X11 display has to share: its screen and the windows that can
//! be seen, with their titles.

use super::display::Display;
use crate::capture::CaptureError;
use crate::source::{Source, SourceInfo};
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, MapState, Window, WindowClass};

/// The screen, then its windows from bottom to top.
pub(in crate::capture) fn sources(display: Option<&str>) -> Result<Vec<SourceInfo>, CaptureError> {
    let display = Display::connect(display)?;
    let root = display.screen().root;
    let mut found = Vec::new();
    let screen = format!("screen of display {}", display.name());
    found.extend(described(&display, root, Source::Screen, screen)?);
    let names = Names::ask(&display)?;
    for window in windows(&display, root, &names)? {
        let Some(title) = title(&display, window, &names)? else {
            continue;
        };
        if !is_seen(&display, window)? {
            continue;
        }
        found.extend(described(&display, window, Source::Window(window), title)?);
    }
    Ok(found)
}

/// Names of window properties that window managers use.
struct Names {
    client_list: Atom,
    title: Atom,
}

impl Names {
    fn ask(display: &Display) -> Result<Self, CaptureError> {
        let atom = |name: &[u8]| {
            let sent = display.connection().intern_atom(false, name);
            display.sure_answer("name a property", sent)
        };
        Ok(Self {
            client_list: atom(b"_NET_CLIENT_LIST")?.atom,
            title: atom(b"_NET_WM_NAME")?.atom,
        })
    }
}

/// What the window manager lists; without one, what lies on the root.
fn windows(display: &Display, root: Window, names: &Names) -> Result<Vec<Window>, CaptureError> {
    let connection = display.connection();
    let sent = connection.get_property(false, root, names.client_list, AtomEnum::WINDOW, 0, 4096);
    let listed: Vec<Window> = display
        .answer(sent)?
        .and_then(|property| property.value32().map(Iterator::collect))
        .unwrap_or_default();
    if !listed.is_empty() {
        return Ok(listed);
    }
    let tree = display.answer(connection.query_tree(root))?;
    Ok(tree.map(|tree| tree.children).unwrap_or_default())
}

fn title(display: &Display, window: Window, names: &Names) -> Result<Option<String>, CaptureError> {
    for name in [names.title, AtomEnum::WM_NAME.into()] {
        let sent = display
            .connection()
            .get_property(false, window, name, AtomEnum::ANY, 0, 256);
        let value = display.answer(sent)?.map(|property| property.value);
        let text = value.map(|bytes| readable(&bytes)).unwrap_or_default();
        if !text.is_empty() {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// A title comes from any program: shown as text, without control characters.
fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|letter| !letter.is_control()).collect()
}

fn is_seen(display: &Display, window: Window) -> Result<bool, CaptureError> {
    let attributes = display.answer(display.connection().get_window_attributes(window))?;
    Ok(attributes.is_some_and(|attributes| {
        attributes.map_state == MapState::VIEWABLE && attributes.class == WindowClass::INPUT_OUTPUT
    }))
}

fn described(
    display: &Display,
    window: Window,
    source: Source,
    name: String,
) -> Result<Option<SourceInfo>, CaptureError> {
    let connection = display.connection();
    let root = display.screen().root;
    let geometry = display.answer(connection.get_geometry(window))?;
    let place = display.answer(connection.translate_coordinates(window, root, 0, 0))?;
    let (Some(geometry), Some(place)) = (geometry, place) else {
        return Ok(None);
    };
    Ok(Some(SourceInfo {
        source,
        name,
        x: i32::from(place.dst_x),
        y: i32::from(place.dst_y),
        width: usize::from(geometry.width),
        height: usize::from(geometry.height),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_carry_control_characters() {
        assert_eq!(readable(b"a\x1b[31mb\nc\xff"), "a[31mbc\u{fffd}");
    }
}
