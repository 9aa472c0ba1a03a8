//! A picture from a file, brought into the form of a dataset's: grey, small, light on dark, the figure in the middle.

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader, Limits, Luma};
use std::error::Error;
use std::path::Path;

/// Rows and columns of the result.
pub(crate) const SIDE: u32 = 28;
/// The figure's larger side, as MNIST's authors chose it.
const FIGURE: u32 = 20;
/// Grey values up to this are background when the figure's bounds are sought.
const FAINT: u8 = 48;
/// Pictures larger than this are refused.
const LARGEST: u32 = 16_384;

/// Reads a PNG or JPEG file as `SIDE * SIDE` grey values, row by row.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let failed = |why: String| -> Box<dyn Error> { format!("{}: {why}", path.display()).into() };
    let mut reader = ImageReader::open(path).map_err(|e| failed(e.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST);
    limits.max_image_height = Some(LARGEST);
    reader.limits(limits);
    let reader = reader
        .with_guessed_format()
        .map_err(|e| failed(e.to_string()))?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(failed("must be a PNG or JPEG file".into()));
    }
    let picture = reader.decode().map_err(|e| failed(e.to_string()))?;
    Ok(centred(&light_on_dark(on_white(&picture))).into_raw())
}

/// Grey values; what is transparent shows white paper.
fn on_white(picture: &DynamicImage) -> GrayImage {
    let pixels = picture.to_luma_alpha8();
    GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [grey, alpha] = pixels.get_pixel(x, y).0.map(u32::from);
        Luma([((grey * alpha + 255 * (255 - alpha)) / 255) as u8])
    })
}

/// The picture, inverted if most of its border is light.
fn light_on_dark(mut picture: GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let is_border = |x: u32, y: u32| x == 0 || y == 0 || x + 1 == width || y + 1 == height;
    let (mut light, mut all) = (0u64, 0u64);
    for (x, y, Luma([grey])) in picture.enumerate_pixels() {
        if is_border(x, y) {
            all += 1;
            light += u64::from(*grey > 127);
        }
    }
    if 2 * light > all {
        imageops::invert(&mut picture);
    }
    picture
}

/// The figure cut out, scaled to fit a square of `FIGURE`, and laid so that its centre of mass is in the middle. A
/// picture that has the right size already is taken as it is.
fn centred(picture: &GrayImage) -> GrayImage {
    if picture.dimensions() == (SIDE, SIDE) {
        return picture.clone();
    }
    let mut result = GrayImage::new(SIDE, SIDE);
    let Some((x, y, width, height)) = bounds(picture) else {
        return result;
    };
    let figure = imageops::crop_imm(picture, x, y, width, height).to_image();
    let larger = width.max(height);
    let scaled = |size: u32| (u64::from(size * FIGURE) / u64::from(larger)).max(1) as u32;
    let figure = imageops::resize(&figure, scaled(width), scaled(height), FilterType::Triangle);
    let (cx, cy) = centre_of_mass(&figure);
    let middle = f64::from(SIDE) / 2.0;
    let offset = |centre: f64, size: u32| {
        ((middle - centre).round() as i64).clamp(0, i64::from(SIDE - size))
    };
    let (left, top) = (offset(cx, figure.width()), offset(cy, figure.height()));
    imageops::replace(&mut result, &figure, left, top);
    result
}

/// Left, top, width and height of what is not background.
fn bounds(picture: &GrayImage) -> Option<(u32, u32, u32, u32)> {
    let mut found: Option<[u32; 4]> = None;
    for (x, y, _) in picture
        .enumerate_pixels()
        .filter(|(_, _, Luma([grey]))| *grey > FAINT)
    {
        let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
        found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    found.map(|[left, top, right, bottom]| (left, top, right - left + 1, bottom - top + 1))
}

fn centre_of_mass(picture: &GrayImage) -> (f64, f64) {
    let (mut mass, mut at) = (0.0, (0.0, 0.0));
    for (x, y, Luma([grey])) in picture.enumerate_pixels() {
        let m = f64::from(*grey);
        mass += m;
        at.0 += m * (f64::from(x) + 0.5);
        at.1 += m * (f64::from(y) + 0.5);
    }
    if mass > 0.0 {
        (at.0 / mass, at.1 / mass)
    } else {
        (0.0, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A black rectangle on white paper.
    fn paper(size: (u32, u32), x: std::ops::Range<u32>, y: std::ops::Range<u32>) -> GrayImage {
        let ink = |px, py| x.contains(&px) && y.contains(&py);
        GrayImage::from_fn(size.0, size.1, |px, py| {
            Luma([if ink(px, py) { 0 } else { 255 }])
        })
    }

    #[test]
    fn ink_on_paper_becomes_light_on_dark_in_the_middle() {
        let picture = centred(&light_on_dark(paper((300, 200), 10..30, 20..120)));
        assert_eq!(picture.dimensions(), (SIDE, SIDE));
        // 20 x 100 pixels fit the square as 4 x 20, with the centre of mass at 14, 14.
        assert_eq!(bounds(&picture), Some((12, 4, 4, 20)));
        assert_eq!(picture.get_pixel(13, 13), &Luma([255]));
        assert_eq!(picture.get_pixel(0, 0), &Luma([0]));
    }

    #[test]
    fn a_picture_of_the_right_size_stays() {
        let picture = light_on_dark(paper((SIDE, SIDE), 1..3, 1..3));
        assert_eq!(bounds(&centred(&picture)), Some((1, 1, 2, 2)));
        let dark = centred(&light_on_dark(picture.clone()));
        assert_eq!(dark, picture);
    }

    #[test]
    fn blank_and_tiny_pictures_are_no_trouble() {
        let blank = centred(&light_on_dark(paper((50, 60), 0..0, 0..0)));
        assert_eq!(bounds(&blank), None);
        let dot = centred(&GrayImage::from_pixel(1, 1, Luma([200])));
        assert_eq!(dot.dimensions(), (SIDE, SIDE));
        let line = centred(&light_on_dark(paper((3000, 9), 5..2995, 4..5)));
        assert_eq!(bounds(&line).map(|b| (b.2, b.3)), Some((20, 1)));
    }
}
