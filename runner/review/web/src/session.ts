// The session, kept for this origin: a run opened in another tab needs no new address.

const kKey = "cellar.session";
let inMemory = "";

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
