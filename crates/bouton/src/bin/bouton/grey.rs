//! Grey values in rows, and PNG and JPEG files as such.

use png::{BitDepth, ColorType, Transformations};
use std::error::Error;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

/// Files with more rows or columns are refused.
const LARGEST: usize = 8192;

/// A picture of grey values, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<u8>,
}

impl Grey {
    /// The picture whose value at `(x, y)` is `value(x, y)`.
    pub(crate) fn from_fn(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Grey {
        let values = (0..width * height)
            .map(|i| value(i % width, i / width))
            .collect();
        Grey {
            width,
            height,
            values,
        }
    }

    /// The value in column `x` of row `y`.
    pub(crate) fn at(&self, x: usize, y: usize) -> u8 {
        self.values[y * self.width + x]
    }

    /// Every column, row and value.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = (usize, usize, u8)> {
        self.values
            .iter()
            .enumerate()
            .map(|(i, &value)| (i % self.width, i / self.width, value))
    }

    /// Reads a PNG or JPEG file; what is transparent shows white paper.
    pub(crate) fn read(path: &Path) -> Result<Grey, Box<dyn Error>> {
        let named = |e: Box<dyn Error>| format!("{}: {e}", path.display());
        let bytes = fs::read(path).map_err(|e| named(e.into()))?;
        let grey = match &bytes[..] {
            [0x89, b'P', b'N', b'G', ..] => png(&bytes),
            [0xff, 0xd8, ..] => jpeg(&bytes),
            _ => Err("must be a PNG or JPEG file".into()),
        };
        Ok(grey.map_err(named)?)
    }

    /// The picture that each `channels` of `values` are one pixel of: grey, grey and alpha, RGB, or RGB and alpha.
    fn of(
        width: usize,
        height: usize,
        channels: usize,
        values: &[u8],
    ) -> Result<Grey, Box<dyn Error>> {
        if channels == 0 || values.len() != width * height * channels {
            return Err("the file does not hold as many pixels as it says".into());
        }
        let on_white = |grey: u32, alpha: u8| {
            ((grey * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8
        };
        let grey = |pixel: &[u8]| match *pixel {
            [grey, alpha] => on_white(grey.into(), alpha),
            [r, g, b] => luma(r, g, b) as u8,
            [r, g, b, alpha] => on_white(luma(r, g, b), alpha),
            _ => pixel[0],
        };
        Ok(Grey {
            width,
            height,
            values: values.chunks_exact(channels).map(grey).collect(),
        })
    }
}

/// How bright a colour is, by the weights of ITU-R BT.709.
fn luma(r: u8, g: u8, b: u8) -> u32 {
    (2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b)) / 10_000
}

fn png(bytes: &[u8]) -> Result<Grey, Box<dyn Error>> {
    let unsound = |e: png::DecodingError| format!("must be a sound PNG file; {e}");
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let size = decoder.read_header_info().map_err(unsound)?.size();
    let (width, height) = fits(size.0 as usize, size.1 as usize)?;
    let mut reader = decoder.read_info().map_err(unsound)?;
    let channels = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => 1,
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => 2,
        (ColorType::Rgb, BitDepth::Eight) => 3,
        (ColorType::Rgba, BitDepth::Eight) => 4,
        (other, _) => return Err(format!("{other:?} is no form of colour that can be read").into()),
    };
    let mut values = vec![
        0;
        reader
            .output_buffer_size()
            .ok_or("the picture is too large")?
    ];
    let frame = reader.next_frame(&mut values).map_err(unsound)?;
    values.truncate(frame.buffer_size());
    Grey::of(width, height, channels, &values)
}

fn jpeg(bytes: &[u8]) -> Result<Grey, Box<dyn Error>> {
    let unsound =
        |e: DecodeErrors| format!("must be a sound JPEG file; {}", e.to_string().trim_end());
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(LARGEST)
        .set_max_height(LARGEST);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(unsound)?;
    let luma = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (colours, channels) = if luma {
        (ColorSpace::Luma, 1)
    } else {
        (ColorSpace::RGB, 3)
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let values = decoder.decode().map_err(unsound)?;
    let info = decoder.info().ok_or("the file says nothing of its size")?;
    let (width, height) = fits(info.width.into(), info.height.into())?;
    Grey::of(width, height, channels, &values)
}

fn fits(width: usize, height: usize) -> Result<(usize, usize), Box<dyn Error>> {
    if (1..=LARGEST).contains(&width) && (1..=LARGEST).contains(&height) {
        return Ok((width, height));
    }
    Err(format!("must have from 1 to {LARGEST} rows and columns; it is {width} x {height}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(colour: ColorType, depth: BitDepth, values: &[u8]) -> Vec<u8> {
        let mut file = vec![];
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == ColorType::Indexed {
            encoder.set_palette(vec![255, 0, 0, 0, 0, 0]);
        }
        encoder
            .write_header()
            .unwrap()
            .write_image_data(values)
            .unwrap();
        file
    }

    #[track_caller]
    fn check(colour: ColorType, depth: BitDepth, values: &[u8], expected: [u8; 2]) {
        let grey = png(&encoded(colour, depth, values)).unwrap();
        assert_eq!(
            grey,
            Grey {
                width: 2,
                height: 1,
                values: expected.to_vec()
            }
        );
    }

    #[test]
    fn every_form_of_png_becomes_grey() {
        check(ColorType::Grayscale, BitDepth::Eight, &[7, 200], [7, 200]);
        check(
            ColorType::Grayscale,
            BitDepth::Sixteen,
            &[7, 99, 200, 1],
            [7, 200],
        );
        check(
            ColorType::Grayscale,
            BitDepth::One,
            &[0b0100_0000],
            [0, 255],
        );
        check(
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &[7, 255, 7, 0],
            [7, 255],
        );
        check(
            ColorType::Rgb,
            BitDepth::Eight,
            &[255, 0, 0, 255, 255, 255],
            [54, 255],
        );
        check(
            ColorType::Rgba,
            BitDepth::Eight,
            &[0, 0, 0, 0, 0, 255, 0, 255],
            [255, 182],
        );
        check(ColorType::Indexed, BitDepth::One, &[0b0100_0000], [54, 0]);
    }

    #[test]
    fn torn_and_hostile_files_are_errors() {
        let whole = encoded(ColorType::Grayscale, BitDepth::Eight, &[7, 200]);
        for end in 0..whole.len() - 12 {
            assert!(png(&whole[..end]).is_err(), "{end}");
        }
        let mut huge = whole;
        huge[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(png(&huge).is_err());
        for bytes in [
            &[0xff, 0xd8][..],
            &[0xff, 0xd8, 0xff, 0xe0, 0, 16],
            &[0xff; 100],
        ] {
            assert!(jpeg(bytes).is_err());
        }
    }

    #[test]
    fn a_jpeg_becomes_grey() {
        // A grey 8 x 8 JPEG of one value: quantisation by 1, one code for a difference of 0 bits, one for the end of a block.
        let mut file = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
        file.extend([1; 64]);
        file.extend([0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
        for class in [0x00, 0x10] {
            file.extend([0xff, 0xc4, 0, 20, class, 1]);
            file.extend([0; 15]);
            file.push(0);
        }
        file.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0b0011_1111, 0xff, 0xd9]);
        assert_eq!(jpeg(&file).unwrap(), Grey::from_fn(8, 8, |_, _| 128));
    }
}
