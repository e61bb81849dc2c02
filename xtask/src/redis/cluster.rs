//! A Redis Cluster of three masters without replicas.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::server::{Role, Server};
use crate::foreground::Foreground;
use crate::wait;

const JOIN_LIMIT: Duration = Duration::from_secs(30);

/// How the 16,384 hash slots are shared out, one range a node.
const SLOTS: [&str; 3] = ["0 5460", "5461 10922", "10923 16383"];

/// What a node says when it knows the others and every slot has an owner.
const COMPLETE: [&str; 3] = ["cluster_state:ok", "cluster_slots_assigned:16384", "cluster_known_nodes:3"];

/// A running cluster; dropping it kills its nodes.
pub(crate) struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// Starts the nodes, joins them, and waits until each of them sees a complete cluster.
    pub(crate) fn start(foreground: &Foreground, program: &Path) -> Result<Self> {
        let start = |_| Server::start(foreground, program, Role::ClusterNode);
        let cluster = Self { nodes: SLOTS.iter().map(start).collect::<Result<_>>()? };
        cluster.join()?;
        wait::until(foreground, "a complete Redis Cluster", JOIN_LIMIT, || cluster.is_complete())?;
        Ok(cluster)
    }

    /// Where clients connect: every node, separated by commas.
    pub(crate) fn urls(&self) -> String {
        self.nodes.iter().map(Server::url).collect::<Vec<_>>().join(",")
    }

    fn join(&self) -> Result<()> {
        for (epoch, (node, slots)) in (1..).zip(self.nodes.iter().zip(SLOTS)) {
            node.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}"))?;
            // Nodes that begin with the same epoch would have to settle it among themselves first.
            node.ask(&format!("CLUSTER SET-CONFIG-EPOCH {epoch}"))?;
        }
        for node in &self.nodes[1..] {
            self.nodes[0].ask(&format!("CLUSTER MEET 127.0.0.1 {} {}", node.port(), node.bus_port()))?;
        }
        Ok(())
    }

    fn is_complete(&self) -> Result<bool> {
        for node in &self.nodes {
            let info = node.ask("CLUSTER INFO")?;
            if !COMPLETE.iter().all(|line| info.contains(line)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
