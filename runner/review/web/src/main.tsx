import { render } from "preact";

render(<p>Cellar</p>, document.getElementById("page")!);
