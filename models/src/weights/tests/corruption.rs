//! Random damage: every outcome is a file or a refusal, never a panic, and damage to the content is never overlooked.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn encoded() -> Vec<u8> {
    file().to_bytes(Path::new("test")).expect("encoded")
}

fn read(bytes: &[u8]) -> Result<WeightsFile, WeightsError> {
    WeightsFile::from_bytes(Path::new("test"), bytes)
}

/// What a mutation puts in place of a value of the description.
fn replacement() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0u64..100_000).prop_map(Value::from),
        prop::sample::select(vec![0u64, 1, u64::from(u32::MAX), u64::MAX, u64::MAX / 2, 1 << 40]).prop_map(Value::from),
        "[a-z_]{0,8}".prop_map(Value::from),
        Just(Value::Array(Vec::new())),
        Just(Value::Object(serde_json::Map::new())),
    ]
}

/// Counts the values of a tree, or replaces the one that `at` counts down to.
fn visit(value: &mut Value, at: &mut usize, replacement: &Value) {
    if *at == 0 {
        *value = replacement.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, at, replacement)),
        Value::Object(fields) => fields.values_mut().for_each(|field| visit(field, at, replacement)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn random_headers_are_refused(header in "[\\[\\]{}\",:a-z_0-9]{0,200}", tail in 0usize..40) {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.extend(vec![0; tail]);
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn truncated_files_are_refused(length in 0..encoded().len()) {
        prop_assert!(read(&encoded()[..length]).is_err());
    }

    #[test]
    fn flipped_bits_are_refused_or_change_nothing(position in 0..encoded().len(), bit in 0u32..8) {
        let mut bytes = encoded();
        bytes[position] ^= 1 << bit;
        if let Ok(read) = read(&bytes) {
            prop_assert_eq!(read, file(), "a flipped bit of byte {} went unnoticed", position);
        }
    }

    #[test]
    fn lists_of_layers_that_were_tampered_with_never_panic(
        changes in prop::collection::vec((0usize..150, replacement()), 1..4)
    ) {
        let mut json = serde_json::to_value(description()).expect("as JSON");
        for (mut at, replacement) in changes {
            visit(&mut json, &mut at, &replacement);
        }
        if let Ok(description) = serde_json::from_value::<NetworkDescription>(json) {
            // What is accepted must also be possible to build.
            if let Ok(file) = WeightsFile::new(Path::new("test"), description, file().tensors.clone()) {
                let mut network = crate::Network::new(&file).expect("a checked file can be built");
                network.step(&vec![0.0; network.input_shape().len()]);
            }
        }
    }
}
