// BullMQ's part: `peer.mjs enqueue|trickle JOBS BYTES`, `peer.mjs work`, `peer.mjs version`.

import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker } from "bullmq";

const BATCH = 1000;
const { hostname, port } = new URL(process.env.PEERS_REDIS_URL ?? "redis://127.0.0.1:6379");
const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };

const nowUs = () => Number(process.hrtime.bigint() / 1000n);
const loadOf = (size) => "x".repeat(size - '{"at":0,"load":""}'.length);
// Keeping finished jobs, its default, is slower and grows without bound.
const options = { removeOnComplete: true, removeOnFail: true };

async function enqueue(jobs, size) {
  const queue = new Queue("bench", { connection });
  await queue.waitUntilReady();
  const job = { name: "bench", data: { at: 0, load: loadOf(size) }, opts: options };
  const start = nowUs();
  for (let left = jobs; left > 0; left -= BATCH) {
    await queue.addBulk(Array(Math.min(left, BATCH)).fill(job));
  }
  const seconds = (nowUs() - start) / 1e6;
  await queue.close();
  console.log(JSON.stringify({ seconds }));
}

async function trickle(jobs, size) {
  const queue = new Queue("bench", { connection });
  await queue.waitUntilReady();
  for (let sent = 0; sent < jobs; sent += 1) {
    await sleep(20 + 10 * Math.random());
    await queue.add("bench", { at: nowUs(), load: loadOf(size) }, options);
  }
  await queue.close();
  console.log(JSON.stringify({ seconds: null }));
}

function work() {
  const run = async ({ data }) => {
    if (data.at) appendFileSync(process.env.PEERS_STARTS, `${nowUs() - data.at}\n`);
  };
  const worker = new Worker("bench", run, { connection, concurrency: 50 });
  worker.on("error", (error) => console.error(error.message));
  process.on("SIGTERM", () => process.exit(0));
}

function version() {
  const manifest = new URL("node_modules/bullmq/package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest));
  console.log(`BullMQ ${version}, Node.js ${process.versions.node}`);
}

const [verb, jobs, size] = process.argv.slice(2);
await { enqueue, trickle, work, version }[verb](Number(jobs), Number(size));
