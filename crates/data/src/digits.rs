//! Built-in digits: ten classes of pen strokes, distorted and drawn to 28x28 grey values, as many as asked for.
//!
//! Made for trying things out where no published set can be had. Every image is a pure function of (seed, half, position) in
//! additions, multiplications, divisions and square roots, so it has the same bytes on every machine.

use std::panic::Location;

use crate::dataset::{Dataset, Parts, Splits};
use crate::draws::Draws;
use crate::error::{Error, Kind, Result};

/// What the made digits are called where others have a publisher's name.
pub const DIGITS: &str = "built-in digits";

/// Draws `train` digits to train with and `test` others to test with.
///
/// Strokes have random control points, slant, rotation, size, place, thickness and darkness; the digits are about as hard to tell
/// apart as MNIST's. Classes come in random order, about equally often. [`Splits::published`] is false.
///
/// # Errors
/// `Argument`: both numbers must be 1 or more.
///
/// # Example
/// ```
/// let digits = bouton_data::digits(200, 50, 42)?;
/// assert_eq!(digits.train.len(), 200);
/// assert_eq!(digits.train.image_shape(), [28, 28]);
/// assert_eq!(digits.test.images(), bouton_data::digits(1, 50, 42)?.test.images());
/// # Ok::<(), bouton_data::Error>(())
/// ```
#[track_caller]
pub fn digits(train: usize, test: usize, seed: u64) -> Result<Splits> {
    if train == 0 || test == 0 {
        return Err(Error::new(
            Kind::Argument,
            format!("digits({train}, {test}, {seed}): both halves must hold at least 1 example"),
        )
        .at(Location::caller()));
    }
    Ok(Splits {
        train: half("train", train, &[seed, 0])?,
        test: half("test", test, &[seed, 1])?,
        published: false,
    })
}

/// Rows and columns of an image.
const SIDE: usize = 28;

type Point = (f32, f32);

/// One stroke of the pen in the unit square, y downwards.
enum Stroke {
    /// Straight from point to point.
    Line(&'static [Point]),
    /// A smooth curve through the points.
    Curve(&'static [Point]),
    /// A smooth curve through the points and back to the first.
    Loop(&'static [Point]),
}

use Stroke::{Curve, Line, Loop};

/// The ways to write each digit.
static WAYS: [&[&[Stroke]]; 10] = [
    &[&[Loop(&[
        (0.50, 0.00),
        (0.24, 0.16),
        (0.15, 0.50),
        (0.24, 0.84),
        (0.50, 1.00),
        (0.76, 0.84),
        (0.85, 0.50),
        (0.76, 0.16),
    ])]],
    &[
        &[Line(&[(0.50, 0.00), (0.50, 1.00)])],
        &[Line(&[(0.32, 0.20), (0.54, 0.00), (0.54, 1.00)])],
        &[
            Line(&[(0.32, 0.20), (0.52, 0.00), (0.52, 1.00)]),
            Line(&[(0.28, 1.00), (0.76, 1.00)]),
        ],
    ],
    &[
        &[
            Curve(&[
                (0.17, 0.26),
                (0.30, 0.05),
                (0.55, 0.00),
                (0.78, 0.16),
                (0.72, 0.44),
                (0.42, 0.74),
                (0.15, 1.00),
            ]),
            Line(&[(0.15, 1.00), (0.86, 1.00)]),
        ],
        &[Curve(&[
            (0.18, 0.22),
            (0.48, 0.00),
            (0.76, 0.20),
            (0.60, 0.60),
            (0.28, 0.94),
            (0.13, 0.88),
            (0.30, 0.78),
            (0.60, 0.96),
            (0.88, 0.94),
        ])],
    ],
    &[
        &[
            Curve(&[
                (0.20, 0.12),
                (0.48, 0.00),
                (0.76, 0.16),
                (0.68, 0.40),
                (0.42, 0.48),
            ]),
            Curve(&[
                (0.42, 0.48),
                (0.74, 0.55),
                (0.82, 0.78),
                (0.54, 1.00),
                (0.17, 0.88),
            ]),
        ],
        &[
            Line(&[(0.20, 0.00), (0.80, 0.00), (0.46, 0.40)]),
            Curve(&[
                (0.46, 0.40),
                (0.78, 0.50),
                (0.82, 0.80),
                (0.50, 1.00),
                (0.17, 0.88),
            ]),
        ],
    ],
    &[
        &[
            Line(&[(0.62, 0.00), (0.14, 0.66), (0.88, 0.66)]),
            Line(&[(0.64, 0.30), (0.64, 1.00)]),
        ],
        &[
            Line(&[(0.24, 0.02), (0.20, 0.50), (0.76, 0.50)]),
            Line(&[(0.76, 0.00), (0.72, 1.00)]),
        ],
        &[
            Curve(&[
                (0.26, 0.04),
                (0.16, 0.34),
                (0.28, 0.54),
                (0.56, 0.52),
                (0.76, 0.40),
            ]),
            Line(&[(0.78, 0.02), (0.70, 1.00)]),
        ],
    ],
    &[
        &[
            Line(&[(0.80, 0.00), (0.28, 0.00), (0.22, 0.45)]),
            Curve(&[
                (0.22, 0.45),
                (0.50, 0.37),
                (0.80, 0.56),
                (0.75, 0.87),
                (0.45, 1.00),
                (0.16, 0.90),
            ]),
        ],
        &[
            Line(&[(0.30, 0.04), (0.82, 0.00)]),
            Curve(&[
                (0.30, 0.04),
                (0.24, 0.42),
                (0.56, 0.44),
                (0.78, 0.68),
                (0.60, 0.96),
                (0.18, 0.94),
            ]),
        ],
    ],
    &[
        &[Curve(&[
            (0.70, 0.02),
            (0.38, 0.22),
            (0.20, 0.56),
            (0.24, 0.88),
            (0.50, 1.00),
            (0.78, 0.84),
            (0.74, 0.60),
            (0.50, 0.51),
            (0.24, 0.70),
        ])],
        &[Curve(&[
            (0.44, 0.00),
            (0.26, 0.36),
            (0.20, 0.74),
            (0.42, 1.00),
            (0.72, 0.92),
            (0.72, 0.68),
            (0.46, 0.62),
            (0.22, 0.80),
        ])],
    ],
    &[
        &[Line(&[(0.14, 0.02), (0.84, 0.00), (0.40, 1.00)])],
        &[Curve(&[
            (0.12, 0.14),
            (0.46, 0.03),
            (0.82, 0.02),
            (0.60, 0.44),
            (0.42, 1.00),
        ])],
        &[
            Line(&[(0.14, 0.02), (0.84, 0.00), (0.40, 1.00)]),
            Line(&[(0.34, 0.52), (0.80, 0.48)]),
        ],
    ],
    &[
        &[
            Loop(&[
                (0.50, 0.46),
                (0.25, 0.30),
                (0.28, 0.08),
                (0.50, 0.00),
                (0.72, 0.08),
                (0.75, 0.30),
            ]),
            Loop(&[
                (0.50, 0.46),
                (0.20, 0.66),
                (0.22, 0.92),
                (0.50, 1.00),
                (0.78, 0.92),
                (0.80, 0.66),
            ]),
        ],
        &[Loop(&[
            (0.76, 0.12),
            (0.46, 0.00),
            (0.22, 0.18),
            (0.46, 0.44),
            (0.76, 0.72),
            (0.54, 1.00),
            (0.22, 0.84),
            (0.42, 0.52),
        ])],
    ],
    &[
        &[
            Loop(&[
                (0.76, 0.28),
                (0.60, 0.03),
                (0.34, 0.05),
                (0.20, 0.28),
                (0.34, 0.52),
                (0.62, 0.48),
            ]),
            Curve(&[(0.76, 0.26), (0.75, 0.60), (0.60, 1.00)]),
        ],
        &[
            Loop(&[
                (0.74, 0.24),
                (0.52, 0.00),
                (0.24, 0.14),
                (0.26, 0.44),
                (0.56, 0.46),
            ]),
            Line(&[(0.75, 0.22), (0.70, 1.00)]),
        ],
        &[
            Loop(&[
                (0.74, 0.26),
                (0.50, 0.00),
                (0.22, 0.20),
                (0.34, 0.48),
                (0.62, 0.44),
            ]),
            Curve(&[(0.75, 0.24), (0.78, 0.66), (0.56, 0.98), (0.22, 0.90)]),
        ],
    ],
];

fn half(name: &str, count: usize, key: &[u64; 2]) -> Result<Dataset> {
    let mut images = vec![0; count * SIDE * SIDE];
    let mut labels = Vec::with_capacity(count);
    for (i, image) in images.chunks_exact_mut(SIDE * SIDE).enumerate() {
        let mut draws = Draws::keyed(&[key[0], key[1], i as u64]);
        let digit = draws.below(WAYS.len());
        draw(digit, &mut draws, image);
        labels.push(digit as u8);
    }
    Dataset::new(Parts {
        name: format!("{DIGITS} {name}"),
        images,
        image_shape: vec![SIDE, SIDE],
        labels,
        classes: (0..WAYS.len()).map(|digit| digit.to_string()).collect(),
    })
}

fn draw(digit: usize, draws: &mut Draws, image: &mut [u8]) {
    let ways = WAYS[digit];
    let way = ways[draws.below(ways.len())];
    let place = Affine::random(draws);
    let half_width = draws.between(0.65, 1.65);
    let darkness = draws.between(0.75, 1.0);
    // The square of each pixel's distance from the nearest stroke.
    let mut nearest = [f32::INFINITY; SIDE * SIDE];
    for stroke in way {
        let path = path(stroke, draws);
        for ends in path.windows(2) {
            let (a, b) = (place.apply(ends[0]), place.apply(ends[1]));
            segment(a, b, half_width + 1.0, &mut nearest);
        }
    }
    for (pixel, &square) in image.iter_mut().zip(&nearest) {
        let cover = (half_width + 0.5 - square.sqrt()).clamp(0.0, 1.0);
        *pixel = (cover * darkness * 255.0 + 0.5) as u8;
    }
}

/// From the unit square to pixels: slant, size, rotation and place.
struct Affine {
    xx: f32,
    xy: f32,
    yx: f32,
    yy: f32,
    at: Point,
}

impl Affine {
    fn random(draws: &mut Draws) -> Affine {
        let wide = draws.between(12.0, 20.0);
        let high = draws.between(16.0, 21.0);
        let slant = draws.between(-0.30, 0.45);
        // The tangent of half the angle gives sine and cosine without a series: up to 17 degrees to each side.
        let t = draws.between(-0.15, 0.15);
        let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        let middle = (SIDE as f32 - 1.0) / 2.0;
        let at = (
            middle + draws.between(-2.5, 2.5),
            middle + draws.between(-2.5, 2.5),
        );
        let (sx, sy) = (-slant * high, high);
        Affine {
            xx: cos * wide,
            xy: cos * sx - sin * sy,
            yx: sin * wide,
            yy: sin * sx + cos * sy,
            at,
        }
    }

    fn apply(&self, (x, y): Point) -> Point {
        let (x, y) = (x - 0.5, y - 0.5);
        (
            self.xx * x + self.xy * y + self.at.0,
            self.yx * x + self.yy * y + self.at.1,
        )
    }
}

/// The stroke as a chain of straight pieces, its points moved a little.
fn path(stroke: &Stroke, draws: &mut Draws) -> Vec<Point> {
    let (Line(points) | Curve(points) | Loop(points)) = stroke;
    const REACH: f32 = 0.075;
    let points: Vec<Point> = points
        .iter()
        .map(|&(x, y)| {
            let x = x + draws.between(-REACH, REACH);
            (x, y + draws.between(-REACH, REACH))
        })
        .collect();
    match stroke {
        Line(_) => points,
        Curve(_) => smooth(&points, false),
        Loop(_) => smooth(&points, true),
    }
}

/// Catmull and Rom's spline through the points, six pieces from one to the next.
fn smooth(points: &[Point], closed: bool) -> Vec<Point> {
    const PIECES: usize = 6;
    let n = points.len();
    let point = |i: usize| match closed {
        // `i` counts from the point before the first.
        true => points[(i + n - 1) % n],
        false => points[i.saturating_sub(1).min(n - 1)],
    };
    let spans = if closed { n } else { n - 1 };
    let mut path = Vec::with_capacity(spans * PIECES + 1);
    path.push(points[0]);
    for i in 0..spans {
        let (a, b, c, d) = (point(i), point(i + 1), point(i + 2), point(i + 3));
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            path.push((spline(a.0, b.0, c.0, d.0, t), spline(a.1, b.1, c.1, d.1, t)));
        }
    }
    path
}

fn spline(a: f32, b: f32, c: f32, d: f32, t: f32) -> f32 {
    let linear = c - a;
    let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
    let cube = 3.0 * (b - c) + d - a;
    b + 0.5 * t * (linear + t * (square + t * cube))
}

/// Lowers `nearest` to the squared distance from the segment, within `reach` of it.
fn segment(a: Point, b: Point, reach: f32, nearest: &mut [f32; SIDE * SIDE]) {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let square = dx * dx + dy * dy;
    let pixels = |p: f32, q: f32| {
        let last = SIDE as f32 - 1.0;
        let from = (p.min(q) - reach).clamp(0.0, last) as usize;
        let to = (p.max(q) + reach + 1.0).clamp(0.0, last) as usize;
        from..=to
    };
    for y in pixels(a.1, b.1) {
        for x in pixels(a.0, b.0) {
            let (px, py) = (x as f32 - a.0, y as f32 - a.1);
            let along = match square > 0.0 {
                true => ((px * dx + py * dy) / square).clamp(0.0, 1.0),
                false => 0.0,
            };
            let (ex, ey) = (px - along * dx, py - along * dy);
            let here = &mut nearest[y * SIDE + x];
            *here = here.min(ex * ex + ey * ey);
        }
    }
}
