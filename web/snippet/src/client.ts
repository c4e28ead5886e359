/** The calls of `analytics.js`: who she is, what she did, where she is. */

import type { Call, Fields, Message, Settings } from "./contracts";
import { Device, type Person, uuid } from "./device";
import { Outbox } from "./outbox";
import { campaign, context, page } from "./surroundings";

const HELD_MAX = 100;

export class Client {
  private readonly device: Device;
  private readonly outbox: Outbox;
  private readonly came = campaign(location.search);
  private person: Person;
  private held: Message[] = [];
  private isRefused = false;
  private place = "";

  constructor(private readonly settings: Settings) {
    this.device = new Device(settings.domain);
    this.outbox = new Outbox(settings, (waiting) => this.mayStore && this.device.keepQueue(waiting));
    const known = this.mayStore ? this.device.person() : { anonymousId: "", userId: "" };
    this.person = { ...known, anonymousId: known.anonymousId || uuid() };
    if (this.mayStore) this.begin();
    if (settings.pages) this.watch();
  }

  /** She is this user, of whom this is known. Without an id: of whoever she is. */
  identify(userId?: string | Fields | null, traits: Fields = {}): void {
    if (typeof userId === "string") this.become({ ...this.person, userId });
    this.tell("identify", { traits: typeof userId === "object" && userId ? userId : traits });
  }

  track(event: string, properties: Fields = {}): void {
    this.tell("track", { event, properties });
  }

  page(name?: string | Fields | null, properties: Fields = {}): void {
    const said = typeof name === "object" && name ? name : properties;
    this.tell("page", { ...(typeof name === "string" && { name }), properties: { ...page(), ...said } });
  }

  group(groupId: string, traits: Fields = {}): void {
    this.tell("group", { groupId, traits });
  }

  /** Whoever she was until now is this user. */
  alias(userId: string): void {
    const previousId = this.person.userId || this.person.anonymousId;
    this.become({ ...this.person, userId });
    this.tell("alias", { previousId });
  }

  /** She allows it, or does not: then whatever was stored is removed, and what waits is thrown away. */
  consent(isGiven: boolean): void {
    this.isRefused = !isGiven;
    if (isGiven) {
      this.device.allow();
      this.begin();
      this.outbox.put(...this.held);
    } else {
      this.outbox.clear();
      this.device.forget();
      this.person = { anonymousId: uuid(), userId: "" };
    }
    this.held = [];
  }

  /** Somebody else is at the device: she signed out. */
  reset(): void {
    this.become({ anonymousId: uuid(), userId: "" });
  }

  anonymousId(): string {
    return this.person.anonymousId;
  }

  private get mayStore(): boolean {
    return !this.isRefused && (this.settings.consent === "given" || this.device.isAllowed);
  }

  private get maySend(): boolean {
    return !this.isRefused && (this.settings.consent === "anonymous" || this.mayStore);
  }

  private begin(): void {
    const known = this.device.person();
    this.become({ anonymousId: known.anonymousId || this.person.anonymousId, userId: this.person.userId || known.userId });
    const left = this.device.takeLeft();
    if (left.length) this.outbox.put(...left);
  }

  private become(person: Person): void {
    this.person = person;
    if (this.mayStore) this.device.keep(person);
  }

  private tell(type: Call, fields: Fields): void {
    const { anonymousId, userId } = this.person;
    const message: Message = {
      type,
      messageId: uuid(),
      anonymousId,
      ...(userId && { userId }),
      originalTimestamp: new Date().toISOString(),
      context: context(this.came),
      ...fields,
    };
    if (this.maySend) this.outbox.put(message);
    else if (!this.isRefused && this.held.length < HELD_MAX) this.held.push(message);
  }

  /** Tell each page once, also where the site draws the next one by itself. */
  private watch(): void {
    const look = () => {
      const here = location.pathname + location.search;
      if (here === this.place) return;
      this.place = here;
      this.page();
    };
    const push = history.pushState.bind(history);
    history.pushState = (...what: Parameters<History["pushState"]>) => {
      push(...what);
      setTimeout(look); // the site sets its title after it
    };
    addEventListener("popstate", () => setTimeout(look));
    look();
  }
}
