// The session that the printed address carries behind `#session=`. It is kept for this origin, so
// that a run opened in another tab needs no new address, and leaves the address bar at once.

const kKey = "cellar.session";
let inMemory = "";

export function takeSessionFromAddress(): void {
  const match = /^#session=([^&/]+)/.exec(location.hash);
  if (!match) return;
  keepSession(decodeURIComponent(match[1]!));
  history.replaceState(null, "", location.pathname + location.search + "#/runs");
}

export function keepSession(session: string): void {
  inMemory = session;
  try {
    localStorage.setItem(kKey, session);
  } catch {
    // Storage may be forbidden; then the session lives as long as this tab.
  }
}

export function session(): string {
  try {
    return localStorage.getItem(kKey) ?? inMemory;
  } catch {
    return inMemory;
  }
}
