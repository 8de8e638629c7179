//! The picture of what a network hears: time to the right, bands upwards, the louder the darker.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The share of the values below which all are white, and above which all are black.
const QUANTILES: [f64; 2] = [0.02, 0.995];

/// A PNG in shades of grey as the address of an image, of levels `[frame, band]`.
///
/// # Errors
/// Where there is no level, or a row is longer than a PNG can have.
pub(super) fn data_uri(levels: &[f32], bands: usize) -> Result<String, png::EncodingError> {
    let frames = levels.len() / bands.max(1);
    let [low, high] = range(levels);
    let shade = |level: f32| 255 - ((level - low) / (high - low) * 255.0).clamp(0.0, 255.0) as u8;
    let row = |band: usize| (0..frames).map(move |frame| shade(levels[frame * bands + band]));
    let pixels: Vec<u8> = (0..bands).rev().flat_map(row).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frames as u32, bands as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(&bytes)))
}

/// The levels that are drawn white and black, two that differ.
fn range(levels: &[f32]) -> [f32; 2] {
    let mut sorted: Vec<f32> = levels.iter().copied().filter(|level| level.is_finite()).collect();
    sorted.sort_by(f32::total_cmp);
    let [low, high] = QUANTILES.map(|quantile| {
        sorted.get((quantile * sorted.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0)
    });
    if high > low { [low, high] } else { [low, low + 1.0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width, height and pixels of an address.
    fn decoded(uri: &str) -> (u32, u32, Vec<u8>) {
        let bytes = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().width, reader.info().height, pixels)
    }

    #[test]
    fn the_loudest_is_black_and_the_lowest_band_at_the_bottom() {
        let levels = [0.0, 0.0, 0.0, 0.0, 9.0, 0.0];
        let (width, height, pixels) = decoded(&data_uri(&levels, 2).unwrap());
        assert_eq!((width, height), (3, 2));
        // The quantiles of so few values are all the same: the range is that of 0 to 1.
        assert_eq!(pixels, [255, 255, 255, 255, 255, 0]);
    }

    #[test]
    fn levels_that_are_all_the_same_or_no_numbers_have_a_picture_too() {
        assert_eq!(decoded(&data_uri(&[2.0; 4], 2).unwrap()).2, [255; 4]);
        decoded(&data_uri(&[f32::NAN, f32::INFINITY], 1).unwrap());
    }

    #[test]
    fn nothing_has_no_picture() {
        data_uri(&[], 2).unwrap_err();
    }
}
