// Asking the server. An answer that is not a success is an ApiError with the server's own line.

import { session } from "./session";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export type Query = { [name: string]: string | number | null | undefined };

/// Relative, so that the page also works under a path of a proxy. `path` begins with a slash.
function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return `api/v1${path}${text ? `?${text}` : ""}`;
}

function headers(token: string): HeadersInit {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function send(path: string, query: Query | undefined, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path, query), { ...init, headers: { ...headers(session()), ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer. Is cellar serve or cellar view still running?");
  }
  if (response.ok) return response;
  let message = `${response.status} ${response.statusText}`;
  try {
    message = (await response.json()).error.message;
  } catch {
    // Something between us and the server answered; its status is all there is.
  }
  throw new ApiError(response.status, message);
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await send(path, query, { signal })).json();
}

export async function post<T>(path: string): Promise<T> {
  return (await send(path, {}, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } })).json();
}

export async function isAccepted(token: string): Promise<boolean> {
  try {
    await send("/info", {}, { headers: headers(token) });
    return true;
  } catch {
    return false;
  }
}

export async function openStream(path: string, query: Query, signal: AbortSignal) {
  const response = await send(path, query, { signal, headers: { Accept: "text/event-stream" } });
  return response.body!.pipeThrough(new TextDecoderStream()).getReader();
}
