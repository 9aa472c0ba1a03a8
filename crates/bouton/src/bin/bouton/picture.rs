//! A picture from a file, brought into the form of a dataset's: small, light on dark, the figure in the middle.

use crate::grey::Grey;
use std::error::Error;
use std::path::Path;

/// Rows and columns of the result.
pub(crate) const SIDE: usize = 28;
/// The figure's larger side, as MNIST's authors chose it.
const FIGURE: usize = 20;
/// Grey values up to this are background when the figure's bounds are sought.
const FAINT: u8 = 48;

/// Reads a PNG or JPEG file as `SIDE * SIDE` grey values, row by row.
///
/// # Errors
/// A file that is no such picture, or a picture that shows nothing.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let picture = light_on_dark(Grey::read(path)?);
    if bounds(&picture).is_none() {
        let rule = "must show a figure; nothing in it stands out from its background";
        return Err(format!("{}: {rule}", path.display()).into());
    }
    Ok(centred(&picture).values)
}

/// The picture, inverted if most of its border is light.
fn light_on_dark(mut picture: Grey) -> Grey {
    let is_border = |&(x, y, _): &(usize, usize, u8)| {
        x == 0 || y == 0 || x + 1 == picture.width || y + 1 == picture.height
    };
    let (mut light, mut all) = (0, 0);
    for (_, _, value) in picture.pixels().filter(is_border) {
        all += 1;
        light += usize::from(value > 127);
    }
    if 2 * light > all {
        picture
            .values
            .iter_mut()
            .for_each(|value| *value = 255 - *value);
    }
    picture
}

/// The figure cut out, scaled to fit a square of `FIGURE`, and laid so that its centre of mass is in the middle. A
/// picture that has the right size already is taken as it is.
fn centred(picture: &Grey) -> Grey {
    if (picture.width, picture.height) == (SIDE, SIDE) {
        return picture.clone();
    }
    let Some(figure) = figure(picture) else {
        return Grey::from_fn(SIDE, SIDE, |_, _| 0);
    };
    let larger = figure.width.max(figure.height);
    let fit = |size: usize| (size * FIGURE / larger).max(1);
    let figure = scaled(&figure, fit(figure.width), fit(figure.height));
    let (cx, cy) = centre_of_mass(&figure);
    let offset = |centre: f64, size: usize| {
        let ideal = (SIDE as f64 / 2.0 - centre).round().max(0.0) as usize;
        ideal.min(SIDE - size)
    };
    let (left, top) = (offset(cx, figure.width), offset(cy, figure.height));
    Grey::from_fn(SIDE, SIDE, |x, y| {
        match (x.checked_sub(left), y.checked_sub(top)) {
            (Some(x), Some(y)) if x < figure.width && y < figure.height => figure.at(x, y),
            _ => 0,
        }
    })
}

/// What is not background, cut out.
fn figure(picture: &Grey) -> Option<Grey> {
    let [left, top, right, bottom] = bounds(picture)?;
    let (width, height) = (right - left + 1, bottom - top + 1);
    Some(Grey::from_fn(width, height, |x, y| {
        picture.at(left + x, top + y)
    }))
}

/// First column and row, last column and row of what is not background.
fn bounds(picture: &Grey) -> Option<[usize; 4]> {
    let mut found = None;
    for (x, y, _) in picture.pixels().filter(|(_, _, value)| *value > FAINT) {
        let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
        found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    found
}

/// The picture in another size; each value is the mean of what its pixel covers.
fn scaled(picture: &Grey, width: usize, height: usize) -> Grey {
    // What pixel `i` of `to` covers of `from` pixels: each with its share.
    let covered = |i: usize, from: usize, to: usize| {
        let step = from as f64 / to as f64;
        let (start, end) = (i as f64 * step, ((i + 1) as f64 * step).min(from as f64));
        let shares = move |j: usize| (j, end.min((j + 1) as f64) - start.max(j as f64));
        (start as usize..(end.ceil() as usize).min(from)).map(shares)
    };
    Grey::from_fn(width, height, |x, y| {
        let (mut sum, mut area) = (0.0, 0.0);
        for (row, h) in covered(y, picture.height, height) {
            for (column, w) in covered(x, picture.width, width) {
                sum += w * h * f64::from(picture.at(column, row));
                area += w * h;
            }
        }
        (sum / area).round() as u8
    })
}

fn centre_of_mass(picture: &Grey) -> (f64, f64) {
    let (mut mass, mut at) = (0.0, (0.0, 0.0));
    for (x, y, value) in picture.pixels() {
        let m = f64::from(value);
        mass += m;
        at.0 += m * (x as f64 + 0.5);
        at.1 += m * (y as f64 + 0.5);
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
    use std::ops::Range;

    /// A black rectangle on white paper.
    fn paper((width, height): (usize, usize), x: Range<usize>, y: Range<usize>) -> Grey {
        Grey::from_fn(width, height, |px, py| {
            if x.contains(&px) && y.contains(&py) {
                0
            } else {
                255
            }
        })
    }

    #[test]
    fn ink_on_paper_becomes_light_on_dark_in_the_middle() {
        let picture = centred(&light_on_dark(paper((300, 200), 10..30, 20..120)));
        assert_eq!((picture.width, picture.height), (SIDE, SIDE));
        // 20 x 100 pixels fit the square as 4 x 20, with the centre of mass at 14, 14.
        assert_eq!(bounds(&picture), Some([12, 4, 15, 23]));
        assert_eq!((picture.at(13, 13), picture.at(0, 0)), (255, 0));
    }

    #[test]
    fn a_picture_of_the_right_size_stays() {
        let picture = light_on_dark(paper((SIDE, SIDE), 1..3, 1..3));
        assert_eq!(bounds(&centred(&picture)), Some([1, 1, 2, 2]));
        assert_eq!(centred(&light_on_dark(picture.clone())), picture);
    }

    #[test]
    fn blank_and_tiny_pictures_are_no_trouble() {
        assert_eq!(
            bounds(&centred(&light_on_dark(paper((50, 60), 0..0, 0..0)))),
            None
        );
        let dot = centred(&Grey::from_fn(1, 1, |_, _| 200));
        assert_eq!((dot.width, dot.height), (SIDE, SIDE));
        let line = centred(&light_on_dark(paper((3000, 9), 5..2995, 4..5)));
        assert_eq!(bounds(&line), Some([4, 14, 23, 14]));
    }

    #[test]
    fn scaling_takes_means() {
        let picture = Grey {
            width: 3,
            height: 1,
            values: vec![0, 60, 240],
        };
        assert_eq!(scaled(&picture, 1, 1).values, [100]);
        // Each half covers one pixel and a half.
        assert_eq!(scaled(&picture, 2, 1).values, [20, 180]);
        assert_eq!(
            scaled(&picture, 6, 2).values,
            [[0, 0, 60, 60, 240, 240]; 2].concat()
        );
    }
}
