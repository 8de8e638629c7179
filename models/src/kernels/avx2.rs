//! x86-64 with AVX2 and FMA: eight values a vector, sixteen registers.

super::x86::kernels! {
    name: "AVX2 + FMA",
    enable: "avx2,fma",
    detect: ["avx2", "fma"],
    panel_rows: 64,
    accumulators: 64,
    filter_bands: 16,
}
