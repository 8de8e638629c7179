//! x86-64 with AVX2 and FMA: eight values a vector, sixteen registers.

super::x86::kernels! {
    instruction_set: Avx2,
    enable: "avx2,fma",
    detect: ["avx2", "fma"],
    accumulators: 64,
    filter_bands: [24, 16],
}
