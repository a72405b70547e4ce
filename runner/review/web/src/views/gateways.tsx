// The gateways, and which kernels of ours are there.

import { useAnswer } from "../answer";
import { counted, fromNow, time } from "../format";
import { Answered, Empty, Shell } from "../parts";
import { linkTo } from "../router";
import { useTitle } from "../title";
import type { Gateway, Gateways, Kernel } from "../types";

export function GatewaysView() {
  useTitle("Gateways");
  const answer = useAnswer<Gateways>("/gateways", {}, 3000);
  return (
    <div class="gateways-page">
      <header class="runs-head"><h1>Gateways</h1></header>
      <Answered answer={answer}>
        {(value) => (
          <>
            {value.gateways.length === 0 && <Empty title="No gateway is configured"><Shell lines="cellar gateways" /></Empty>}
            <ul class="cards">{value.gateways.map((one) => <li key={one.name}><GatewayCard gateway={one} /></li>)}</ul>
            <section class="panel" aria-labelledby="kernels-title">
              <h2 id="kernels-title">Kernels</h2>
              {value.kernels.length ? <Kernels kernels={value.kernels} /> : <Empty title="No kernel of ours is there"><p>One is started for each run, and ended with it.</p></Empty>}
            </section>
          </>
        )}
      </Answered>
    </div>
  );
}

const kStates: { [state: string]: [string, string] } = {
  ready: ["succeeded", "ready"],
  full: ["queued", "full"],
  away: ["failed", "away"],
  unknown: ["unknown", "not used by this server"],
};

function GatewayCard({ gateway }: { gateway: Gateway }) {
  const [tone, words] = kStates[gateway.state] ?? ["unknown", gateway.state];
  const share = gateway.max_kernels ? Math.min(100, (100 * gateway.kernels) / gateway.max_kernels) : 0;
  return (
    <article class="card">
      <h2>{gateway.name}{gateway.is_default && <span class="tag">default</span>}</h2>
      <p><span class={`dot dot-${tone}`} aria-hidden="true" /> {words}</p>
      <p class="path hint">{gateway.url || "private, started when it is needed"}</p>
      <p>
        {counted(gateway.kernels, "kernel")}{gateway.max_kernels !== null && ` of at most ${gateway.max_kernels}`}
        {gateway.max_kernels !== null && <span class="meter" aria-hidden="true"><span style={{ width: `${share}%` }} /></span>}
      </p>
      {gateway.labels.length > 0 && <p>{gateway.labels.map((label) => <span key={label} class="tag">{label}</span>)}</p>}
      {gateway.note && <p class="hint">{gateway.note}</p>}
    </article>
  );
}

function Kernels({ kernels }: { kernels: Kernel[] }) {
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label="kernels">
      <table class="value-table">
        <thead><tr><th scope="col">Gateway</th><th scope="col">Kernelspec</th><th scope="col">Run</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Id</th></tr></thead>
        <tbody>
          {kernels.map((kernel, at) => (
            <tr key={kernel.kernel_id || at}>
              <td>{kernel.gateway}</td>
              <td>{kernel.kernelspec}</td>
              <td>{kernel.run === null ? <span class="hint">none</span> : <a href={linkTo.run(kernel.run)}>{kernel.run} {kernel.job}</a>}</td>
              <td>{kernel.in_use ? "in use" : kernel.owned ? kernel.state : "left over: the next Cellar ends it"}</td>
              <td><time dateTime={kernel.created_at} title={time(kernel.created_at)}>{fromNow(kernel.created_at)}</time></td>
              <td class="path">{kernel.kernel_id || <span class="hint">not answered yet</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
