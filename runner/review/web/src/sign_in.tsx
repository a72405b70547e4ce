// The way in without the printed address: the token that the server was given.

import { useState } from "preact/hooks";
import type { ApiError } from "./api";
import { Shell } from "./parts";
import { keepSession } from "./session";
import { useTitle } from "./title";

export function SignIn({ error, onDone }: { error: ApiError; onDone: () => void }) {
  useTitle("Sign in");
  const [token, setToken] = useState("");
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">This page needs the server's leave</h1>
      <p>Open the address that the server printed when it began; it carries a session. Or give its token:</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keepSession(token.trim());
          onDone();
        }}
      >
        <label class="filter">
          <span>Token</span>
          <input type="password" value={token} autocomplete="off" onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <button disabled={!token.trim()}>Go on</button>
      </form>
      <Shell lines="cellar view        # prints a new address" />
      <p class="hint">{error.message}</p>
    </section>
  );
}
