//! A worker of a measurement, in a process of its own.

use std::io::{self, Read, Write};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::ping::PingHandler;
use super::stage::worker;
use super::tally::Tally;
use crate::args::BenchWorker;
use crate::commands::worker::judge;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::signals::StopSignals;

/// How often the count is told.
const TELL_EVERY: Duration = Duration::from_millis(2);

/// Runs until its input ends, which it does at the latest with the process at the other end. A Ctrl-C of the terminal
/// reaches all processes; what to do about it is the other one's business.
pub(super) async fn run(args: &BenchWorker, settings: &Settings) -> Result<(), Failure> {
    let _unheard = StopSignals::listen()?;
    let tally = Arc::new(Tally::up_to(u32::MAX));
    let handler = match args.job_ms {
        Some(job_ms) => PingHandler::Told(Duration::from_millis(job_ms.into())),
        None => PingHandler::Counted(Arc::clone(&tally)),
    };
    let worker = worker(&compose::engine(settings)?, args.concurrency, handler)?;
    let control = worker.control();
    let mut end = pin!(worker.join());
    let (mut told, mut drains) = (0, false);
    let mut input = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    loop {
        tokio::select! {
            report = &mut end => {
                tell(&tally, &mut told)?;
                return judge(&report);
            }
            _ended = &mut input, if !drains => {
                drains = true;
                control.drain();
            }
            () = tokio::time::sleep(TELL_EVERY) => tell(&tally, &mut told)?,
        }
    }
}

/// Tells the count, if it has grown.
fn tell(tally: &Tally, told: &mut u64) -> io::Result<()> {
    let count = tally.so_far();
    if count == *told {
        return Ok(());
    }
    *told = count;
    let mut out = io::stdout().lock();
    writeln!(out, "c{count}")?;
    out.flush()
}
