/** What the site says of itself, and what is sent. */

/**
 * What may happen before the visitor has said anything.
 *
 * - `ask`: nothing is stored on the device, nothing is sent; calls wait in memory.
 * - `anonymous`: calls are sent with an id that lasts as long as the page; nothing is stored on the device.
 * - `given`: the site has her consent otherwise.
 */
export type Consent = "ask" | "anonymous" | "given";

export interface Settings {
  /** Where Interplay is: `https://events.example.com`, without a slash at the end. */
  readonly host: string;
  /** A key that may append facts and nothing else. */
  readonly key: string;
  readonly consent: Consent;
  /** Whether page views are told by themselves. */
  readonly pages: boolean;
  /** Of the cookie; empty: this host alone. */
  readonly domain: string;
}

export type Fields = Record<string, unknown>;

export type Call = "identify" | "track" | "page" | "group" | "alias";

/** A message of the Segment HTTP API. */
export interface Message {
  readonly type: Call;
  readonly messageId: string;
  readonly anonymousId: string;
  readonly userId?: string;
  readonly originalTimestamp: string;
  readonly context: Fields;
  readonly [field: string]: unknown;
}
