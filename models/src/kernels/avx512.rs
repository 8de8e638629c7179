//! x86-64 with AVX-512F: sixteen values a vector, thirty-two registers.

super::x86::kernels! {
    instruction_set: Avx512,
    enable: "avx512f,avx2,fma",
    detect: ["avx512f", "avx2", "fma"],
    accumulators: 128,
    filter_bands: [80, 16],
}
