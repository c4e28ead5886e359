/** Where the visitor is and where she came from, as the Segment API has it. */

import type { Fields } from "./contracts";

const UTM = /^utm_(source|medium|campaign|term|content)$/;

export function page(): Record<string, string> {
  const { pathname, search, href } = location;
  return { path: pathname, search, title: document.title, url: href.split("#")[0] ?? href, referrer: document.referrer };
}

/** What a link of a campaign said of itself; a campaign's name is `name` there. */
export function campaign(search: string): Record<string, string> {
  const found: Record<string, string> = {};
  new URLSearchParams(search).forEach((value, key) => {
    const part = UTM.exec(key)?.[1];
    if (part && value) found[part === "campaign" ? "name" : part] = value;
  });
  return found;
}

/** `came`: what the link said by which this visit began; later pages of it do not say it again. */
export function context(came: Record<string, string>): Fields {
  const found: Fields = {
    library: { name: "interplay.js", version: "0.1.0" },
    page: page(),
    userAgent: navigator.userAgent,
    locale: navigator.language,
  };
  try {
    found.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    // an old browser does not say
  }
  if (Object.keys(came).length) found.campaign = came;
  return found;
}
