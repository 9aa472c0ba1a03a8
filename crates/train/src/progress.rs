//! What a run says about itself while it goes on: a live line on a terminal, a line for each epoch elsewhere.
use crate::{EpochRecord, Result, Scores};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    fmt,
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

/// Where progress goes. Results are printed by nobody but the caller.
#[derive(Default)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// To standard error: a live line for each epoch on a terminal, else as [`Progress::Lines`].
    #[default]
    Auto,
    /// To standard error: one line when an epoch is completed. That nobody can read it ends no run.
    Lines,
    /// One line when an epoch is completed, to this. An error of its ends the run.
    To(Box<dyn Write + 'a>),
    /// Nothing.
    Silent,
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Progress::Auto => "Auto",
            Progress::Lines => "Lines",
            Progress::To(_) => "To(..)",
            Progress::Silent => "Silent",
        })
    }
}

/// The live line is drawn at most this often.
const TIMES_A_SECOND: u8 = 20;

/// Progress on its way.
pub(crate) struct Reporter<'a> {
    sink: Sink<'a>,
    epochs: usize,
    bar: ProgressBar,
    started: Instant,
    drawn: Instant,
}

enum Sink<'a> {
    /// Makes the place that a bar draws on.
    Live(fn() -> ProgressDrawTarget),
    Lines(Box<dyn Write + 'a>),
    StandardError,
    Silent,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(progress: Progress<'a>, epochs: usize) -> Reporter<'a> {
        let sink = match progress {
            Progress::Auto if stderr().is_terminal() && !screen().is_hidden() => Sink::Live(screen),
            Progress::Auto | Progress::Lines => Sink::StandardError,
            Progress::To(writer) => Sink::Lines(writer),
            Progress::Silent => Sink::Silent,
        };
        Reporter::with_sink(sink, epochs)
    }

    fn with_sink(sink: Sink<'a>, epochs: usize) -> Reporter<'a> {
        let now = Instant::now();
        Reporter {
            sink,
            epochs,
            bar: ProgressBar::hidden(),
            started: now,
            drawn: now,
        }
    }

    /// `epoch` is counted from 1.
    pub(crate) fn epoch_started(&mut self, epoch: usize, batches: Option<usize>) {
        let Sink::Live(target) = self.sink else {
            return;
        };
        let (len, template) = match batches {
            Some(n) => (Some(n as u64), "{prefix}  [{bar:24}] {pos}/{len}  {msg}"),
            None => (None, "{prefix}  {pos}  {msg}"),
        };
        self.bar = ProgressBar::with_draw_target(len, target());
        self.bar.set_style(style(template));
        self.bar
            .set_prefix(format!("epoch {epoch}/{}", self.epochs));
        self.started = Instant::now();
        self.drawn = self.started;
    }

    /// After a batch; `scores` is asked only if the line is drawn.
    pub(crate) fn batch_completed(&mut self, batches: usize, scores: impl FnOnce() -> Scores) {
        if !matches!(self.sink, Sink::Live(_)) {
            return;
        }
        let now = Instant::now();
        if now - self.drawn < Duration::from_secs(1) / u32::from(TIMES_A_SECOND) {
            return;
        }
        self.drawn = now;
        let pace = (now - self.started).as_secs_f64() * 1e3 / batches.max(1) as f64;
        self.bar
            .set_message(format!("{}  {pace:.2} ms/step", scores()));
        self.bar.set_position(batches as u64);
        self.bar.force_draw();
    }

    pub(crate) fn epoch_completed(&mut self, record: &EpochRecord) -> Result<()> {
        self.close(format!("epoch {}/{}  {record}", record.epoch, self.epochs))
    }

    /// The run ends within this epoch.
    pub(crate) fn interrupted(&mut self, record: &EpochRecord) -> Result<()> {
        self.close(format!(
            "epoch {}/{}  {record}  interrupted",
            record.epoch, self.epochs
        ))
    }

    fn close(&mut self, line: String) -> Result<()> {
        match &mut self.sink {
            Sink::Live(_) => {
                self.bar.set_style(style("{msg}"));
                self.bar.finish_with_message(line);
            }
            Sink::Lines(writer) => {
                writeln!(writer, "{line}")?;
                writer.flush()?;
            }
            Sink::StandardError => {
                let _ = writeln!(stderr(), "{line}");
            }
            Sink::Silent => {}
        }
        Ok(())
    }
}

/// An error must not leave half a line behind.
impl Drop for Reporter<'_> {
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.abandon();
        }
    }
}

/// Standard error as a place to draw on; hidden where it cannot move its cursor.
fn screen() -> ProgressDrawTarget {
    ProgressDrawTarget::stderr_with_hz(TIMES_A_SECOND)
}

fn style(template: &str) -> ProgressStyle {
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::{
        io,
        sync::{Mutex, PoisonError},
    };

    /// A terminal that remembers the lines drawn.
    #[derive(Debug)]
    struct Screen;
    static DRAWN: Mutex<Vec<String>> = Mutex::new(vec![]);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, s: &str) -> io::Result<()> {
            self.write_str(s)
        }
        fn write_str(&self, s: &str) -> io::Result<()> {
            DRAWN
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(s.trim_end().to_string());
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn scores(loss: f64) -> Scores {
        Scores::new(&["loss".to_string()], [loss].into_iter(), 1)
    }

    fn record() -> EpochRecord {
        EpochRecord {
            epoch: 2,
            training: scores(0.25),
            validation: Some(scores(0.5)),
            steps: 4,
            seconds: 1.25,
        }
    }

    #[test]
    fn a_terminal_shows_a_bar_that_becomes_a_line() {
        let target = || ProgressDrawTarget::term_like(Box::new(Screen));
        let mut reporter = Reporter::with_sink(Sink::Live(target), 5);
        reporter.epoch_started(2, Some(4));
        reporter.batch_completed(1, || unreachable!("the line was drawn a moment ago"));
        reporter.drawn -= Duration::from_secs(1);
        reporter.started -= Duration::from_secs(3);
        reporter.batch_completed(2, || scores(0.75));
        reporter.epoch_completed(&record()).unwrap();
        let drawn = DRAWN.lock().unwrap();
        let live = drawn.iter().find(|line| line.contains("2/4")).unwrap();
        let (start, pace) = live.split_once("  loss 0.7500  ").unwrap();
        assert_eq!(start, "epoch 2/5  [============>           ] 2/4");
        assert!(
            pace.starts_with("15") && pace.ends_with(" ms/step"),
            "{pace}"
        );
        let last = "epoch 2/5  loss 0.2500  validation loss 0.5000  4 steps  1.25 s";
        assert_eq!(drawn.iter().rfind(|line| !line.is_empty()).unwrap(), last);
    }

    #[test]
    fn elsewhere_an_epoch_is_a_line() {
        let mut text = vec![];
        let mut reporter = Reporter::new(Progress::To(Box::new(&mut text)), 5);
        reporter.epoch_started(1, None);
        reporter.batch_completed(1, || unreachable!("nothing is read"));
        reporter.epoch_completed(&record()).unwrap();
        reporter
            .interrupted(&EpochRecord {
                validation: None,
                steps: 1,
                ..record()
            })
            .unwrap();
        drop(reporter);
        let expected = "epoch 2/5  loss 0.2500  validation loss 0.5000  4 steps  1.25 s\n\
                        epoch 2/5  loss 0.2500  1 step  1.25 s  interrupted\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
