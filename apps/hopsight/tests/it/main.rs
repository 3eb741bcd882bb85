//! The binary as people run it: commands, exit codes, words, networks.

mod commands;
mod demo;
mod explain;
mod lab;
mod program;
