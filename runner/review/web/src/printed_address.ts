// The address that the server prints carries a session behind `#session=`. It leaves the address bar
// at once.

import { isAccepted } from "./api";
import { decode } from "./router";
import { keepSession } from "./session";

/// False: there was none, or one that the server does not know. Any page may link to such a one: it
/// replaces nothing.
export async function takeSessionFromAddress(): Promise<boolean> {
  const [, text] = /^#session=([^&/]+)/.exec(location.hash) ?? [];
  if (text === undefined) return false;
  history.replaceState(null, "", location.pathname + location.search + "#/runs");
  const given = decode(text);
  if (!(await isAccepted(given))) return false;
  keepSession(given);
  return true;
}
