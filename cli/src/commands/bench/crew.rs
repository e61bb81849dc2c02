use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use secrecy::ExposeSecret;

use super::stage::Stage;
use crate::args::BenchWorker;
use crate::config::Settings;
use crate::failure::Failure;

/// Worker processes of a measurement. They end when this does, however it does: each listens for the end of its input.
#[derive(Debug)]
pub(super) struct Crew {
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    child: Child,
    /// Held open for as long as the worker is to work.
    input: Option<ChildStdin>,
    reader: Option<JoinHandle<()>>,
}

/// What a worker tells: a letter and a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub(super) worker: usize,
    pub(super) what: char,
    pub(super) number: u32,
}

impl Crew {
    /// Starts workers; `hear` is called, on threads of its own, with all that they tell.
    pub(super) fn start(
        stage: &Stage,
        workers: u32,
        args: &BenchWorker,
        hear: impl Fn(Heard) + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let hear = Arc::new(hear);
        let mut crew = Self { members: Vec::new() };
        for worker in 0..workers as usize {
            crew.members.push(Member::start(&stage.settings, args)?);
            let Some(member) = crew.members.last_mut() else { continue };
            let (output, hear) = (member.child.stdout.take(), Arc::clone(&hear));
            let read = move || output.into_iter().for_each(|output| listen(output, worker, hear.as_ref()));
            member.reader = Some(std::thread::Builder::new().spawn(read)?);
        }
        Ok(crew)
    }

    /// Kills a worker in the middle of whatever it does, as a machine does that fails.
    pub(super) fn kill(&mut self, worker: usize) -> Result<(), Failure> {
        let Some(member) = self.members.get_mut(worker) else { return Ok(()) };
        member.child.kill()?;
        member.child.wait()?;
        member.input = None;
        Ok(())
    }

    /// Lets every worker that lives end what it runs, and hears them out.
    pub(super) async fn end(mut self) -> Result<(), Failure> {
        let ended = tokio::task::spawn_blocking(move || {
            let living =
                self.members.iter_mut().filter_map(|member| Some((member.input.take()?, &mut member.child)));
            let living: Vec<_> = living.map(|(input, child)| (drop(input), child).1).collect();
            let mut failed = None;
            for child in living {
                let status = child.wait()?;
                failed = failed.or((!status.success()).then_some(status));
            }
            for reader in self.members.iter_mut().filter_map(|member| member.reader.take()) {
                // It panics where nobody could do anything about it; its output has ended all the same.
                drop(reader.join());
            }
            Ok(failed)
        });
        match ended.await.map_err(std::io::Error::other)? {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Failure::Worker(status.to_string())),
            Err(error) => Err(Failure::Io(error)),
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for member in &mut self.members {
            // One that has ended already is as good.
            drop(member.child.kill());
            drop(member.child.wait());
        }
    }
}

impl Member {
    /// The settings go through the environment, where no other user sees the password of Redis; everything else that the
    /// parent was given means nothing to a worker of pings.
    fn start(settings: &Settings, args: &BenchWorker) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "worker", "--concurrency", &args.concurrency.to_string()]);
        if let Some(job_ms) = args.job_ms {
            command.args(["--job-ms", &job_ms.to_string()]);
        }
        command.env_remove("REDIS_URL").env_remove("REDIS_URL_FILE").env("WINDLASS_CONFIG", "/dev/null");
        // That jobs of killed workers are rescued is part of the measurement, and no news.
        command.env("WINDLASS_LOG", "error").env("WINDLASS_DATA_DIR", &settings.data_dir);
        if let Some(url) = &settings.redis_url {
            command.env("REDIS_URL", url.expose_secret());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        Ok(Self { child, input, reader: None })
    }
}

/// Hears what a worker tells until it is gone. A line that a kill has cut says nothing.
fn listen(output: ChildStdout, worker: usize, hear: &dyn Fn(Heard)) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let mut letters = line.chars();
        let what = letters.next();
        if let (Some(what), Ok(number)) = (what, letters.as_str().parse()) {
            hear(Heard { worker, what, number });
        }
    }
}
