//! `attacca`: the analyser.

fn main() {}
