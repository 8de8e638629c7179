//! The offline half of Attacca: renders labelled music, fits networks in candle, evaluates and exports weights.
