import { render } from "preact";
import { App } from "./app";
import { takeSessionFromAddress } from "./printed_address";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/runs.css";
import "./styles/run.css";
import "./styles/outputs.css";
import "./styles/code.css";
import "./styles/views.css";

addEventListener("hashchange", async () => {
  if (await takeSessionFromAddress()) location.reload();
});
await takeSessionFromAddress();
render(<App />, document.getElementById("page")!);
