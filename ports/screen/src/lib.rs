//! Screens and pixels: capture by damage, H.264, pictures.
