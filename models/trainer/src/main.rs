//! `attacca-train`: from scores to weights.

fn main() {}
