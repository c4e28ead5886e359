/** Sends messages in the order in which they came, again until they are stored. */

import type { Message, Settings } from "./contracts";

const ITEMS_MAX = 20;
/** Browsers let 64 KB be under way while a page closes. */
const CHARS_MAX = 60_000;
const GATHER_MILLIS = 300;
const AGAIN_MILLIS = 1_000;
const AGAIN_MILLIS_MAX = 60_000;
const WAITING_MAX = 500;

export class Outbox {
  private waiting: Message[] = [];
  private underWay = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly changed: (waiting: readonly Message[]) => void,
  ) {
    addEventListener("online", () => this.soon(0));
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
  }

  put(...messages: Message[]): void {
    this.waiting = [...this.waiting, ...messages].slice(0, WAITING_MAX);
    this.changed(this.waiting);
    this.soon(GATHER_MILLIS);
  }

  clear(): void {
    this.waiting = [];
    this.changed(this.waiting);
  }

  private soon(millis: number): void {
    if (this.underWay || (this.timer && millis)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.send();
    }, millis);
  }

  private async send(): Promise<void> {
    if (this.underWay || !this.waiting.length) return;
    const [some, body] = this.batch();
    this.underWay = some.length;
    let isDone = false;
    try {
      const answer = await fetch(this.url, { method: "POST", body, keepalive: true, credentials: "omit" });
      isDone = answer.ok || !isPassing(answer.status);
      if (isDone && !answer.ok) console.error(`interplay: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    } catch {
      // no network: again later
    }
    this.underWay = 0;
    if (isDone) {
      this.waiting = without(this.waiting, some);
      this.changed(this.waiting);
    }
    this.failures = isDone ? 0 : this.failures + 1;
    if (this.waiting.length) this.soon(isDone ? 1 : pause(this.failures));
  }

  /**
   * The page closes: the browser sends what it is given, and nobody hears what became of it.
   * It stays on the device, so that a later page tells it again; the server stores a message once.
   */
  private leave(): void {
    if (!navigator.onLine) return;
    while (this.waiting.length) {
      const [some, body] = this.batch();
      if (!navigator.sendBeacon(this.url, body)) return;
      this.waiting = without(this.waiting, some);
    }
  }

  private batch(): [Message[], string] {
    let chars = 0;
    const some = this.waiting.slice(0, ITEMS_MAX).filter((one, place) => {
      chars += JSON.stringify(one).length;
      return !place || chars < CHARS_MAX;
    });
    return [some, JSON.stringify({ writeKey: this.settings.key, sentAt: new Date().toISOString(), batch: some })];
  }

  private get url(): string {
    return `${this.settings.host}/v1/batch`;
  }
}

function without(messages: readonly Message[], some: readonly Message[]): Message[] {
  const ids = new Set(some.map((one) => one.messageId));
  return messages.filter((one) => !ids.has(one.messageId));
}

/** Whether the same may be stored another time. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

/** Twice as long after each failure, and never all visitors at once. */
function pause(failures: number): number {
  return Math.min(AGAIN_MILLIS * 2 ** (failures - 1), AGAIN_MILLIS_MAX) * (0.5 + Math.random() / 2);
}
