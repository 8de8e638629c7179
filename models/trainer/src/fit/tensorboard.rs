//! The history of a fit as an event file, which TensorBoard draws.
//!
//! The file is a list of TFRecords, each an `Event` message of TensorFlow's `event.proto` in protocol buffers' encoding
//! (<https://protobuf.dev/programming-guides/encoding>). Of both only what scalars need is here.

use std::{fs, io, path::Path};

use attacca_models::Task;

use super::history::EpochRecord;

/// Polynomial of CRC-32C (Castagnoli), bits reversed.
const CASTAGNOLI: u32 = 0x82f6_3b78;

/// What TensorFlow adds to a rotated checksum, so that one of data that hold checksums is no weak one.
const MASK: u32 = 0xa282_ead8;

/// Writes every scalar of every epoch, under another name first. The step of an event is its epoch, from 1.
pub(super) fn write_events(file: &Path, task: Task, history: &[EpochRecord]) -> io::Result<()> {
    let mut bytes = Vec::new();
    let version = field(3, b"brain.Event:2");
    record(&mut bytes, &[double(1, 0.0), version].concat());
    for (epoch, entry) in history.iter().enumerate() {
        let scalars = [
            ("loss/training".to_owned(), entry.training_loss),
            ("loss/validation".to_owned(), entry.validation.loss),
            ("fit/learning_rate".to_owned(), entry.learning_rate),
            ("fit/gradient_norm".to_owned(), entry.gradient_norm),
        ];
        let scores = entry.validation.scores.named(task).into_iter();
        let scores = scores.map(|(name, score)| (format!("score/{name}"), score));
        let values = scalars.into_iter().chain(scores).flat_map(|(tag, value)| {
            let value = [field(1, tag.as_bytes()), float(2, value as f32)].concat();
            field(1, &value)
        });
        let summary = field(5, &values.collect::<Vec<_>>());
        // No clock: the file is the same however often the fit was interrupted.
        let seconds = (epoch + 1) as f64;
        record(&mut bytes, &[double(1, seconds), integer(2, epoch as u64 + 1), summary].concat());
    }
    let temporary = file.with_extension("part");
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, file)
}

/// Appends a TFRecord: length, its checksum, data, their checksum.
fn record(bytes: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&masked_checksum(&length).to_le_bytes());
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(&masked_checksum(data).to_le_bytes());
}

fn masked_checksum(data: &[u8]) -> u32 {
    checksum(data).rotate_right(15).wrapping_add(MASK)
}

/// CRC-32C, bit by bit: event files are small.
fn checksum(data: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ CASTAGNOLI } else { sum >> 1 };
    !data.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), step))
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The number of a field and how its value is written.
fn key(number: u64, wire_type: u64) -> Vec<u8> {
    varint(number << 3 | wire_type)
}

fn integer(number: u64, value: u64) -> Vec<u8> {
    [key(number, 0), varint(value)].concat()
}

fn double(number: u64, value: f64) -> Vec<u8> {
    [key(number, 1), value.to_le_bytes().to_vec()].concat()
}

/// A string or a message.
fn field(number: u64, value: &[u8]) -> Vec<u8> {
    [key(number, 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn float(number: u64, value: f32) -> Vec<u8> {
    [key(number, 5), value.to_le_bytes().to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::history::tests::record as epoch;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, B.4: of 32 zeros, 32 ones, and the bytes from 0 to 31.
        assert_eq!(checksum(&[0; 32]), 0x8a91_36aa);
        assert_eq!(checksum(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(checksum(&(0..32).collect::<Vec<_>>()), 0x46dd_794e);
    }

    #[test]
    fn numbers_are_written_seven_bits_a_byte() {
        assert_eq!(varint(300), [0xac, 0x02]);
        assert_eq!(integer(2, 1), [0x10, 0x01]);
    }

    #[test]
    fn records_are_framed_and_there_is_one_an_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("events.out.tfevents.attacca");
        write_events(&file, Task::Onset, &[epoch(0.5), epoch(0.25)]).unwrap();
        let bytes = fs::read(&file).unwrap();
        let (mut rest, mut records) = (&bytes[..], Vec::new());
        while let Some((header, after)) = rest.split_at_checked(12) {
            let (length, sum) = header.split_at(8);
            assert_eq!(masked_checksum(length).to_le_bytes(), sum);
            let (data, after) = after.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
            let (sum, after) = after.split_at(4);
            assert_eq!(masked_checksum(data).to_le_bytes(), sum);
            records.push(data);
            rest = after;
        }
        assert!(rest.is_empty());
        assert_eq!(records.len(), 3);
        assert!(records[0].ends_with(b"brain.Event:2"));
        let tag = [field(1, b"loss/validation"), float(2, 0.25)].concat();
        assert!(records[2].windows(tag.len()).any(|window| window == tag));
    }
}
