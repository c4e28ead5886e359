/**
 * One line on a site:
 *
 *     <script async src="https://events.example.com/analytics.js" data-key="wk_…"></script>
 *
 * What is called before it has come waits in `(window.interplay = window.interplay || []).push(["track", "…"])`.
 */

import { Client } from "./client";
import type { Consent, Settings } from "./contracts";

type Early = [keyof Client, ...unknown[]];

const CONSENTS: readonly string[] = ["ask", "anonymous", "given"];
const CALLS = ["identify", "track", "page", "group", "alias", "consent", "reset", "anonymousId"] as const;

export function read(script: HTMLScriptElement): Settings {
  const { key = "", consent = "ask", pages = "on", domain = "", host } = script.dataset;
  if (!key) throw new Error('interplay: data-key="wk_…" is missing in the script\'s tag');
  if (!CONSENTS.includes(consent)) {
    throw new Error(`interplay: data-consent="${consent}" is none of ${CONSENTS.join(", ")}`);
  }
  return {
    key,
    consent: consent as Consent,
    pages: pages !== "off",
    domain,
    host: (host || new URL(script.src).origin).replace(/\/$/, ""),
  };
}

export function start(script: HTMLScriptElement, place: Record<string, unknown>): void {
  const client = new Client(read(script));
  const calls: Record<string, (...given: never[]) => unknown> = {};
  for (const name of CALLS) calls[name] = (client[name] as (...given: never[]) => unknown).bind(client);
  const push = (...all: Early[]) => {
    for (const [name, ...given] of all) {
      if (calls[name]) calls[name](...(given as never[]));
      else console.error(`interplay: there is no call "${name}"; there are ${CALLS.join(", ")}`);
    }
  };
  const early = place.interplay;
  place.interplay = { ...calls, push };
  if (Array.isArray(early)) push(...(early as Early[]));
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) start(script, window as unknown as Record<string, unknown>);
