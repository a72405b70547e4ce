import { render } from "preact";
import { App } from "./app";
import { takeSessionFromAddress } from "./session";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/runs.css";
import "./styles/run.css";
import "./styles/outputs.css";
import "./styles/code.css";
import "./styles/views.css";

takeSessionFromAddress();
render(<App />, document.getElementById("page")!);
