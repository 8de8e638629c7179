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
/// Where the recording cannot be read to its end; what came before has been heard.
pub fn decode_ahead(recording: &mut Recording, mut hear: impl FnMut(&[f32])) -> Result<(), DecodeError> {
    thread::scope(|scope| {
        let (full, blocks) = mpsc::sync_channel::<Vec<f32>>(BLOCKS_AHEAD);
        let (heard, empty) = mpsc::channel::<Vec<f32>>();
        let decoder = scope.spawn(move || {
            let mut block = Vec::new();
            let mut end = Ok(());
            loop {
                match recording.next_block() {
                    Ok(Some(samples)) => block.extend_from_slice(samples),
                    Ok(None) => break,
                    Err(error) => {
                        end = Err(error);
                        break;
                    }
                }
                if block.len() >= BLOCK_SAMPLES {
                    let next = empty.try_recv().unwrap_or_default();
                    if full.send(mem::replace(&mut block, next)).is_err() {
                        return Ok(());
                    }
                }
            }
            // Nobody listens any more where the other thread panicked.
            full.send(block).ok();
            end
        });
        for mut block in blocks {
            hear(&block);
            block.clear();
            heard.send(block).ok();
        }
        decoder.join().unwrap_or_else(|reason| panic::resume_unwind(reason))
    })
}
