import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { read, start } from "../src/index";

type Sent = { writeKey: string; sentAt: string; batch: Record<string, any>[] };
type Api = Record<string, (...given: unknown[]) => unknown>;

let bodies: Sent[];
let answer: () => Promise<Response>;

function tag(attributes: Record<string, string> = {}): HTMLScriptElement {
  const script = document.createElement("script");
  Object.assign(script.dataset, { key: "wk_1", host: "https://events.example", pages: "off", consent: "given", ...attributes });
  return script;
}

function begin(attributes: Record<string, string> = {}, place: Record<string, unknown> = {}): Api {
  start(tag(attributes), place);
  return place.interplay as Api;
}

async function sent(): Promise<Record<string, any>[]> {
  await vi.advanceTimersByTimeAsync(400);
  return bodies.flatMap((body) => body.batch);
}

function stored(): string[] {
  return [...Object.keys(localStorage), ...document.cookie.split("; ").filter(Boolean)];
}

beforeEach(() => {
  vi.useFakeTimers();
  bodies = [];
  answer = async () => new Response("{}", { status: 200 });
  vi.stubGlobal("fetch", async (_: string, request: { body: string }) => {
    const found = await answer();
    if (found.ok) bodies.push(JSON.parse(request.body));
    return found;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  localStorage.clear();
  document.cookie = "interplay_id=; Path=/; Max-Age=0";
});

test("calls are messages of the Segment API, in order, with where she is and which link she came by", async () => {
  const interplay = begin();
  interplay.identify!("u-1", { city: "上海" });
  interplay.track!("Order Completed", { total: 12 });
  interplay.group!("g-1", { name: "Book club" });
  const all = await sent();
  expect(all.map((one) => one.type)).toEqual(["identify", "track", "group"]);
  expect(all.map((one) => one.userId)).toEqual(["u-1", "u-1", "u-1"]);
  expect(new Set(all.map((one) => one.messageId)).size).toBe(3);
  expect(all[0]!.traits).toEqual({ city: "上海" });
  expect(all[1]).toMatchObject({ event: "Order Completed", properties: { total: 12 } });
  expect(all[1]!.context.campaign).toEqual({ source: "wechat", name: "spring" });
  expect(all[1]!.context.page).toMatchObject({ path: "/list", url: location.href });
  expect(bodies[0]!.writeKey).toBe("wk_1");
});

test("what was called before the script had come is told too", async () => {
  const place: Record<string, unknown> = { interplay: [["track", "Early"], ["nonsense"]] };
  const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
  begin({}, place);
  (place.interplay as { push: (call: unknown[]) => void }).push(["track", "Late"]);
  expect((await sent()).map((one) => one.event)).toEqual(["Early", "Late"]);
  expect(error.mock.calls[0]![0]).toContain('no call "nonsense"');
});

describe("consent", () => {
  test("before it nothing is stored and nothing leaves; with it what waited is told", async () => {
    const interplay = begin({ consent: "ask" });
    interplay.track!("Seen");
    expect(await sent()).toEqual([]);
    expect(stored()).toEqual([]);
    interplay.consent!(true);
    const [only] = await sent();
    expect(only).toMatchObject({ event: "Seen", anonymousId: interplay.anonymousId!() });
    expect(document.cookie).toContain(`interplay_id=${interplay.anonymousId!()}`);
  });

  test("refused, it is thrown away and whatever was stored is removed", async () => {
    const interplay = begin({ consent: "ask" });
    interplay.consent!(true);
    interplay.track!("Allowed");
    const before = interplay.anonymousId!();
    await sent();
    interplay.consent!(false);
    interplay.track!("Refused");
    expect((await sent()).map((one) => one.event)).toEqual(["Allowed"]);
    expect(stored()).toEqual([]);
    expect(interplay.anonymousId!()).not.toBe(before);
  });

  test("anonymous: told with an id of this page alone", async () => {
    const first = begin({ consent: "anonymous" });
    first.track!("Seen");
    const second = begin({ consent: "anonymous" });
    second.track!("Seen");
    const [one, other] = await sent();
    expect(one!.anonymousId).not.toBe(other!.anonymousId);
    expect(stored()).toEqual([]);
  });

  test("given once, the next page knows her", async () => {
    begin({ consent: "ask" }).consent!(true);
    const interplay = begin({ consent: "ask" });
    interplay.identify!("u-2");
    expect(begin({ consent: "ask" }).anonymousId!()).toBe(interplay.anonymousId!());
    begin({ consent: "ask" }).track!("Again");
    expect((await sent()).at(-1)).toMatchObject({ event: "Again", userId: "u-2" });
  });
});

describe("the network", () => {
  test("what failed is sent again, the same and once", async () => {
    answer = async () => Promise.reject(new TypeError("offline"));
    const interplay = begin();
    interplay.track!("One");
    expect(await sent()).toEqual([]);
    expect(localStorage.length).toBeGreaterThan(1);
    answer = async () => new Response("{}", { status: 503 });
    await vi.advanceTimersByTimeAsync(5_000);
    answer = async () => new Response("{}", { status: 200 });
    await vi.advanceTimersByTimeAsync(70_000);
    expect(bodies.flatMap((body) => body.batch).map((one) => one.event)).toEqual(["One"]);
    await vi.advanceTimersByTimeAsync(70_000);
    expect(bodies.length).toBe(1);
  });

  test("what a page left behind is told by the next", async () => {
    answer = async () => Promise.reject(new TypeError("offline"));
    begin().track!("Left");
    await sent();
    vi.setSystemTime(Date.now() + 120_000);
    answer = async () => new Response("{}", { status: 200 });
    bodies = [];
    begin();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bodies.flatMap((body) => body.batch).map((one) => one.event)).toContain("Left");
  });

  test("a refusal is said and does not block what follows", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    answer = async () => new Response("the key is not known", { status: 401 });
    const interplay = begin();
    interplay.track!("Refused");
    await sent();
    expect(error.mock.calls[0]![0]).toBe("interplay: 401 the key is not known");
    answer = async () => new Response("{}", { status: 200 });
    interplay.track!("Fine");
    expect((await sent()).map((one) => one.event)).toEqual(["Fine"]);
  });

  test("many are sent twenty at a time", async () => {
    const interplay = begin();
    for (let number = 0; number < 45; number++) interplay.track!(`T${number}`);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(bodies.map((body) => body.batch.length)).toEqual([20, 20, 5]);
    expect(bodies.flatMap((body) => body.batch).map((one) => one.event)).toEqual([...Array(45).keys()].map((n) => `T${n}`));
  });

  test("when the page is left the browser takes the rest", async () => {
    const beacons: string[] = [];
    navigator.sendBeacon = (_, body) => beacons.push(String(body)) > 0;
    begin().track!("Last");
    window.dispatchEvent(new Event("pagehide"));
    const last = JSON.parse(beacons[0]!).batch[0];
    expect(last.event).toBe("Last");
    expect(await sent()).toEqual([]);
    vi.setSystemTime(Date.now() + 120_000);
    begin(); // nobody knows whether it came: the next page tells it again, the same
    expect((await sent()).map((one) => one.messageId)).toEqual([last.messageId]);
  });
});

test("page views are told by themselves, each once, also where the site draws the next page", async () => {
  begin({ pages: "on" });
  history.pushState({}, "", "/list/2");
  history.pushState({}, "", "/list/2");
  await vi.advanceTimersByTimeAsync(10);
  const paths = (await sent()).map((one) => [one.type, one.properties.path]);
  expect(paths).toEqual([["page", "/list"], ["page", "/list/2"]]);
});

test("a tag that cannot work says why", () => {
  expect(() => read(tag({ key: "" }))).toThrow('data-key="wk_…" is missing');
  expect(() => read(tag({ consent: "yes" }))).toThrow('data-consent="yes" is none of ask, anonymous, given');
});
