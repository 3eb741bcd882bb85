//! Screens and pixels as a sharer and a viewer use them: real H.264, a real
//! X server without a monitor.

#[cfg(test)]
mod stream;
#[cfg(test)]
mod x11;
#[cfg(test)]
mod xvfb;
