//! Watches the pointer of a display: where it is, and its image when XFixes
//! says that it has changed.

use super::display::Display;
use crate::capture::{CaptureError, CursorImage, CursorState};
use x11rb::protocol::xfixes::{ConnectionExt as _, CursorNotifyMask, GetCursorImageReply};
use x11rb::protocol::xproto::{ConnectionExt as _, Window};

/// The pointer as seen from one window.
#[derive(Debug)]
pub(super) struct Pointer {
    window: Window,
    place: Option<(i16, i16)>,
    image_changed: bool,
}

impl Pointer {
    pub(super) fn open(display: &Display, window: Window) -> Result<Self, CaptureError> {
        let root = display.screen().root;
        display
            .connection()
            .xfixes_select_cursor_input(root, CursorNotifyMask::DISPLAY_CURSOR)
            .map_err(|source| display.lost(source))?;
        Ok(Self {
            window,
            place: None,
            image_changed: true,
        })
    }

    pub(super) const fn image_changed(&mut self) {
        self.image_changed = true;
    }

    /// Where the pointer is, when it moved or changed since the last call.
    pub(super) fn state(&mut self, display: &Display) -> Result<Option<CursorState>, CaptureError> {
        let sent = display.connection().query_pointer(self.window);
        let Some(pointer) = display.answer(sent)? else {
            return Ok(None);
        };
        let place = (pointer.win_x, pointer.win_y);
        if self.place == Some(place) && !self.image_changed {
            return Ok(None);
        }
        let mut image = None;
        if std::mem::take(&mut self.image_changed) {
            let sent = display.connection().xfixes_get_cursor_image();
            image = display.answer(sent)?.map(|answer| plain(&answer));
        }
        self.place = Some(place);
        Ok(Some(CursorState {
            x: i32::from(pointer.win_x),
            y: i32::from(pointer.win_y),
            image,
        }))
    }
}

fn plain(answer: &GetCursorImageReply) -> CursorImage {
    CursorImage {
        width: answer.width,
        height: answer.height,
        hot_x: answer.xhot,
        hot_y: answer.yhot,
        rgba: answer
            .cursor_image
            .iter()
            .copied()
            .flat_map(straight)
            .collect(),
    }
}

/// From premultiplied ARGB to red, green, blue, alpha.
fn straight(argb: u32) -> [u8; 4] {
    let [alpha, red, green, blue] = argb.to_be_bytes();
    let full = |colour: u8| match alpha {
        0 => 0,
        alpha => {
            let scaled = (u16::from(colour) * 255 + u16::from(alpha) / 2) / u16::from(alpha);
            u8::try_from(scaled).unwrap_or(u8::MAX)
        }
    };
    [full(red), full(green), full(blue), alpha]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_transparent_colours_get_their_strength_back() {
        assert_eq!(straight(0xff10_2030), [0x10, 0x20, 0x30, 0xff]);
        assert_eq!(straight(0x8040_0080), [128, 0, 255, 128]);
        assert_eq!(straight(0x0012_3456), [0, 0, 0, 0]);
    }
}
