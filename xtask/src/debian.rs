//! Installs packages of Debian and its relatives, when this user may do so without being asked for a password.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use nix::unistd::Uid;

use crate::environment::program;
use crate::foreground::Foreground;

/// A way to run `apt-get` with the rights that it needs.
pub(crate) struct Installer {
    prefix: &'static [&'static str],
}

impl Installer {
    /// Finds such a way, or none.
    pub(crate) fn find() -> Option<Self> {
        program("apt-get")?;
        if Uid::effective().is_root() {
            return Some(Self { prefix: &["env"] });
        }
        may_sudo().then_some(Self { prefix: &["sudo", "-n", "env"] })
    }

    /// Installs the packages. A service that comes with one of them is left as its package sets it up.
    pub(crate) fn install(&self, foreground: &Foreground, packages: &[&str]) -> Result<()> {
        foreground.run(&mut self.apt_get(&["update"]))?;
        let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
        foreground
            .run(&mut self.apt_get(&install))
            .with_context(|| format!("cannot install {}", packages.join(" ")))
    }

    fn apt_get(&self, arguments: &[&str]) -> Command {
        let mut words = self.prefix.iter();
        let mut command = Command::new(words.next().unwrap_or(&"env"));
        command.args(words).args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).args(arguments);
        command
    }
}

fn may_sudo() -> bool {
    let mut question = Command::new("sudo");
    question.args(["-n", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    question.status().is_ok_and(|status| status.success())
}
