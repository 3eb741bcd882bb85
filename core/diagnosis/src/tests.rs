//! Rules by example and by property.

mod cut;
mod own;
mod path;
mod properties;
mod relay;
pub(crate) mod story;
mod traces;
