//! Sets the quantiser of a running openh264 encoder: the crate has no safe call
//! for it, and a new encoder would cost a key frame.
#![expect(
    unsafe_code,
    reason = "the openh264 crate offers the encoder's options only as raw calls"
)]

use openh264::encoder::Encoder;
use openh264_sys2::{ENCODER_OPTION_SVC_ENCODE_PARAM_EXT, SEncParamExt};
use std::ptr::from_mut;

/// The code with which openh264 refused an option.
#[derive(Debug)]
pub(super) struct OptionRefused(pub(super) i32);

/// Makes `quantiser` the one of the pictures that follow. The encoder must have
/// encoded at least one picture (it is set up by its first one) and run with
/// rate control off.
pub(super) fn set_quantiser(encoder: &mut Encoder, quantiser: u8) -> Result<(), OptionRefused> {
    let mut parameters = SEncParamExt::default();
    let pointer = from_mut(&mut parameters).cast();
    // SAFETY: the raw interface belongs to a live encoder that nobody else uses
    // while it is borrowed here. For this option openh264 copies one
    // `SEncParamExt` to, or from, the pointer and keeps no reference to it.
    // Only the quantiser of the one layer is changed; what the crate relies on
    // (sizes, layers, slices) is written back as it was read. An encoder that
    // was never set up answers with an error code.
    let code = unsafe {
        let raw = encoder.raw_api();
        match raw.get_option(ENCODER_OPTION_SVC_ENCODE_PARAM_EXT, pointer) {
            0 => {
                let [layer, ..] = &mut parameters.sSpatialLayers;
                layer.iDLayerQp = i32::from(quantiser);
                raw.set_option(
                    ENCODER_OPTION_SVC_ENCODE_PARAM_EXT,
                    from_mut(&mut parameters).cast(),
                )
            }
            refused => refused,
        }
    };
    if code == 0 {
        Ok(())
    } else {
        Err(OptionRefused(code))
    }
}
