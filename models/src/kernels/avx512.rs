//! x86-64 with AVX-512F: sixteen values a vector, thirty-two registers.

super::x86::kernels! {
    name: "AVX-512F",
    enable: "avx512f,avx2,fma",
    detect: ["avx512f", "avx2", "fma"],
    panel_rows: 64,
    accumulators: 128,
    filter_bands: 32,
}
