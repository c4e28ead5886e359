/** What is kept on the visitor's device, once she allows it, and nothing before. */

import type { Message } from "./contracts";

const PREFIX = "interplay.";
const COOKIE = "interplay_id";
const COOKIE_SECONDS = 390 * 24 * 3600;
/** Browsers give a site about five megabytes; a queue has its part of it. */
const QUEUE_CHARS_MAX = 200_000;
/** A queue that nobody wrote for so long was left behind by a page that is gone. */
const LEFT_MILLIS = 60_000;

export interface Person {
  readonly anonymousId: string;
  readonly userId: string;
}

/** An id that nobody else has, also where the page came over plain HTTP. */
export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte, place) => {
    if (place === 6) byte = (byte & 15) | 64;
    if (place === 8) byte = (byte & 63) | 128;
    return byte.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Storage that may be full, or forbidden by the browser: then things last as long as the page. */
export class Device {
  private readonly tab = uuid();

  constructor(private readonly domain: string) {}

  get isAllowed(): boolean {
    return this.read("consent") === "granted";
  }

  allow(): void {
    this.write("consent", "granted");
  }

  person(): Person {
    const cookie = document.cookie.match(/(?:^|; )interplay_id=([^;]+)/);
    return {
      anonymousId: (cookie && decodeURIComponent(cookie[1] ?? "")) || this.read("id") || "",
      userId: this.read("user") || "",
    };
  }

  /** The cookie is for the server's pages and for other hosts of the domain; some browsers drop it after a week. */
  keep(person: Person): void {
    this.cookie(encodeURIComponent(person.anonymousId), COOKIE_SECONDS);
    this.write("id", person.anonymousId);
    this.write("user", person.userId);
  }

  /** Remove whatever was ever stored. */
  forget(): void {
    this.cookie("", 0);
    for (const name of this.names("")) this.remove(name);
  }

  /** Keep what is not sent yet; the newest go where there is no room, since the others came first. */
  keepQueue(messages: readonly Message[]): void {
    if (!messages.length) {
      this.remove(this.queue);
      return;
    }
    let rest = messages;
    let text = JSON.stringify({ at: Date.now(), messages: rest });
    while (text.length > QUEUE_CHARS_MAX && rest.length > 1) {
      rest = rest.slice(0, rest.length >> 1);
      text = JSON.stringify({ at: Date.now(), messages: rest });
    }
    this.write(this.queue, text);
  }

  /** Return what pages left behind that are gone. Two tabs may both take it: a message is stored once. */
  takeLeft(): Message[] {
    const found: Message[] = [];
    for (const name of this.names("queue.")) {
      if (name === this.queue) continue;
      try {
        const left = JSON.parse(this.read(name) || "{}") as { at: number; messages: Message[] };
        if (Date.now() - left.at < LEFT_MILLIS) continue;
        found.push(...left.messages);
      } catch {
        // somebody else wrote there: it is of no use
      }
      this.remove(name);
    }
    return found;
  }

  private get queue(): string {
    return `queue.${this.tab}`;
  }

  private cookie(value: string, seconds: number): void {
    const where = this.domain ? `; Domain=${this.domain}` : "";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${where}${secure}`;
  }

  private names(begin: string): string[] {
    try {
      return Object.keys(localStorage)
        .filter((name) => name.startsWith(PREFIX + begin))
        .map((name) => name.slice(PREFIX.length));
    } catch {
      return [];
    }
  }

  private read(name: string): string | null {
    try {
      return localStorage.getItem(PREFIX + name);
    } catch {
      return null;
    }
  }

  private write(name: string, value: string): void {
    try {
      localStorage.setItem(PREFIX + name, value);
    } catch {
      // full or forbidden
    }
  }

  private remove(name: string): void {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch {
      // forbidden
    }
  }
}
