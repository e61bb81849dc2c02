use super::progress::Progress;
use super::report::{self, Figures, Report};
use super::stage::Stage;
use crate::args::MeasureArgs;
use crate::config::Settings;
use crate::failure::Failure;
use crate::signals::StopSignals;

/// Measures as often as was asked for, each time on a new stage, and tells the run in the middle. Whatever happens, also
/// Ctrl-C, the stage is left empty.
pub(super) async fn repeat<F: Figures>(
    measure: &MeasureArgs,
    settings: &Settings,
    bench: impl AsyncFn(&Stage) -> Result<F, Failure>,
) -> Result<(), Failure> {
    let mut signals = StopSignals::listen()?;
    let mut reports = Vec::new();
    for run in 1..=measure.runs {
        let progress = Progress::of_run(run, measure.runs);
        let stage = tokio::select! {
            stage = Stage::set(measure, settings, progress) => stage?,
            () = signals.next() => return Err(Failure::Interrupted),
        };
        let whole = async {
            let raw = stage.raw_rates(measure).await?;
            Ok(Report::new(&stage, measure, raw, bench(&stage).await?))
        };
        let outcome = tokio::select! {
            outcome = whole => outcome,
            () = signals.next() => Err(Failure::Interrupted),
        };
        let cleared = stage.clear().await;
        reports.push(outcome?);
        cleared?;
    }
    match Report::of_the_middle(reports) {
        Some(report) => report::write(&report, measure.json),
        None => Ok(()),
    }
}
