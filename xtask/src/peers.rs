//! The comparison with other queues (`benches/peers`), in the size that only shows that it still works.

use std::process::Command;

use anyhow::Result;

use crate::foreground::Foreground;
use crate::terminal::timed;
use crate::{project, provide, suite};

/// Installs what this machine's interpreters allow and runs each peer once, beside the program of the suite.
pub(crate) fn small(foreground: &Foreground) -> Result<()> {
    let programs = provide::programs_of_the_tests(foreground)?;
    let windlass = suite::program(foreground)?;
    let script = |name: &str| {
        let mut command = Command::new(project::root().join("benches/peers").join(name));
        command.arg("--small").env("PYTHON", &programs.python).env("REDIS_SERVER", &programs.redis_server);
        command
    };
    timed("peers: set up", || foreground.run(&mut script("setup")))?;
    timed("peers: small run", || foreground.run(script("run").arg("--windlass").arg(windlass)))
}
