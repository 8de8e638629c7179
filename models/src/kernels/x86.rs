//! How a table of kernels is made for an instruction set that not every x86-64 machine has.

/// Compiles every body with the features of `enable` and puts them into a table `KERNELS`; `is_available` detects the
/// features of `detect`, which are the same. `KERNELS` must be handed out only where they were found.
macro_rules! kernels {
    (
        instruction_set: $instruction_set:ident,
        enable: $features:literal,
        detect: [$($feature:tt),+],
        accumulators: $accumulators:literal,
        filter_bands: [$wide:literal, $narrow:literal],
    ) => {
        use crate::kernels::{
            FilterBlock, Kernels, Panel,
            body::{activation, filter, panel, recurrent},
        };

        pub(super) static KERNELS: Kernels = Kernels {
            instruction_set: crate::InstructionSet::$instruction_set,
            accumulators: $accumulators,
            product: |panels, values, input, output| {
                #[target_feature(enable = $features)]
                fn enabled(panels: &[Panel], values: &[f32], input: &[f32], output: &mut [f32]) {
                    panel::product::<true, $accumulators, 1>(panels, values, input, output);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(panels, values, input, output) }
            },
            product_of_pairs: |panels, values, input, output| {
                #[target_feature(enable = $features)]
                fn enabled(panels: &[Panel], values: &[f32], input: &[f32], output: &mut [f32]) {
                    panel::product::<true, $accumulators, 2>(panels, values, input, output);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(panels, values, input, output) }
            },
            filter: |block, input, bands, output| {
                #[target_feature(enable = $features)]
                fn enabled(block: FilterBlock<'_>, input: &[f32], bands: usize, output: &mut [f32]) {
                    filter::filter::<true, $wide, $narrow>(block, input, bands, output);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(block, input, bands, output) }
            },
            logistic: |values| {
                #[target_feature(enable = $features)]
                fn enabled(values: &mut [f32]) {
                    activation::logistic::<true>(values);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(values) }
            },
            tanh: |values| {
                #[target_feature(enable = $features)]
                fn enabled(values: &mut [f32]) {
                    activation::tanh::<true>(values);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(values) }
            },
            relu: |values| {
                #[target_feature(enable = $features)]
                fn enabled(values: &mut [f32]) {
                    activation::relu(values);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(values) }
            },
            leaky_relu: |values, slope| {
                #[target_feature(enable = $features)]
                fn enabled(values: &mut [f32], slope: f32) {
                    activation::leaky_relu(values, slope);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(values, slope) }
            },
            softmax: |values, maxima, sums| {
                #[target_feature(enable = $features)]
                fn enabled(values: &mut [f32], maxima: &mut [f32], sums: &mut [f32]) {
                    activation::softmax::<true>(values, maxima, sums);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(values, maxima, sums) }
            },
            gru: |input_gates, hidden_gates, hidden| {
                #[target_feature(enable = $features)]
                fn enabled(input_gates: &[f32], hidden_gates: &[f32], hidden: &mut [f32]) {
                    recurrent::gru::<true>(input_gates, hidden_gates, hidden);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(input_gates, hidden_gates, hidden) }
            },
            lstm: |gates, cell, hidden| {
                #[target_feature(enable = $features)]
                fn enabled(gates: &[f32], cell: &mut [f32], hidden: &mut [f32]) {
                    recurrent::lstm::<true>(gates, cell, hidden);
                }
                // SAFETY: the table is handed out only where `is_available` found the features.
                unsafe { enabled(gates, cell, hidden) }
            },
        };

        /// Whether this machine has the instruction set.
        pub(super) fn is_available() -> bool {
            $(std::arch::is_x86_feature_detected!($feature))&&+
        }
    };
}

pub(super) use kernels;
