//! Everything outside of this repository that tests talk to, started for one run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::foreground::Foreground;
use crate::redis::{Cluster, Server};
use crate::terminal::timed;
use crate::{postgres, provide, python, s3};

/// The running services; dropping them ends them.
pub(crate) struct Services {
    redis: Server,
    cluster: Cluster,
    redis_server: PathBuf,
    postgres: postgres::Server,
    postgres_programs: PathBuf,
    s3: s3::Server,
    python: PathBuf,
}

impl Services {
    /// Finds or installs the programs and starts the services.
    pub(crate) fn start(foreground: &Foreground) -> Result<Self> {
        timed("services of the tests", || {
            let programs = provide::programs_of_the_tests(foreground)?;
            let python = python::interpreter(foreground, &programs.python)?;
            let redis_server = programs.redis_server;
            let redis = Server::single(foreground, &redis_server)?;
            let cluster = Cluster::start(foreground, &redis_server)?;
            let postgres_programs = programs.postgres;
            let postgres = postgres::Server::start(foreground, &postgres_programs)?;
            let s3 = s3::Server::start(foreground, &python::s3_interpreter(foreground, &programs.python)?)?;
            Ok(Self { redis, cluster, redis_server, postgres, postgres_programs, s3, python })
        })
    }

    /// The variables by which tests find the services.
    pub(crate) fn variables(&self) -> [(&'static str, OsString); 7] {
        [
            ("WINDLASS_TEST_REDIS_URL", self.redis.url().into()),
            ("WINDLASS_TEST_REDIS_CLUSTER_URLS", self.cluster.urls().into()),
            ("WINDLASS_TEST_REDIS_SERVER", self.redis_server.clone().into()),
            ("WINDLASS_TEST_POSTGRES_URL", self.postgres.url().into()),
            ("WINDLASS_TEST_POSTGRES_BIN", self.postgres_programs.clone().into()),
            ("WINDLASS_TEST_S3_URL", self.s3.url().into()),
            ("WINDLASS_TEST_PYTHON", self.python.clone().into()),
        ]
    }
}

/// Runs any command beside the services.
pub(crate) fn run_beside(foreground: &Foreground, words: &[String]) -> Result<()> {
    let Some((program, arguments)) = words.split_first() else {
        bail!("which command? For example `cargo xtask with cargo test -p windlass-redis`");
    };
    let services = Services::start(foreground)?;
    foreground.run(Command::new(program).args(arguments).envs(services.variables()))
}
