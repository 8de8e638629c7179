//! Decoding on a thread of its own, a little ahead of the one that listens.

use std::{mem, panic, sync::mpsc, thread};

use attacca_decode::{DecodeError, Recording};

/// Samples that are handed over at once, at least; packets of some formats are too short to wake a thread for.
const BLOCK_SAMPLES: usize = 1 << 15;
/// Blocks that wait to be heard.
const BLOCKS_AHEAD: usize = 4;

/// Calls `hear` with a recording's interleaved samples, in order, while the next ones are decoded.
///
/// # Errors
/// Where the recording cannot be read to its end; of what came before, the last may not have been heard.
pub fn decode_ahead(recording: &mut Recording, mut hear: impl FnMut(&[f32])) -> Result<(), DecodeError> {
    thread::scope(|scope| {
        let (full, blocks) = mpsc::sync_channel::<Vec<f32>>(BLOCKS_AHEAD);
        let (heard, empty) = mpsc::channel::<Vec<f32>>();
        let decoder = scope.spawn(move || {
            let mut block = Vec::new();
            while let Some(samples) = recording.next_block()? {
                block.extend_from_slice(samples);
                if block.len() >= BLOCK_SAMPLES {
                    let next = empty.try_recv().unwrap_or_default();
                    if full.send(mem::replace(&mut block, next)).is_err() {
                        break;
                    }
                }
            }
            // Nobody listens any more where the other thread panicked.
            full.send(block).ok();
            Ok(())
        });
        for mut block in blocks {
            hear(&block);
            block.clear();
            heard.send(block).ok();
        }
        decoder.join().unwrap_or_else(|reason| panic::resume_unwind(reason))
    })
}
