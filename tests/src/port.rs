use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;

/// A port of this machine that nobody listens on at this moment.
pub(crate) fn free() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
