// Sends the calls that come on standard input by Segment's library for Node, and ends when all are answered.
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { Analytics } from "@segment/analytics-node";

const { url, writeKey, calls, pauseMilliseconds } = JSON.parse(await text(process.stdin));
const analytics = new Analytics({ writeKey, host: url, flushAt: 5, flushInterval: 50, maxRetries: 12 });
const failures = [];
analytics.on("error", (error) => failures.push(`${error.code} ${error.reason}`));
for (const { type, ...call } of calls) {
  analytics[type]({ ...call, timestamp: new Date(call.timestamp) });
  if (pauseMilliseconds) await pause(pauseMilliseconds);
}
await analytics.closeAndFlush({ timeout: 60_000 });
if (failures.length) throw new Error(failures.join("\n"));
