// A row of small bars, one a run; a gap where the cell did not end.

const kHeight = 24;
const kStep = 4;

export function Spark({ values, label }: { values: (number | null)[]; label: string }) {
  const shown = values.slice(-60);
  const most = Math.max(1, ...shown.map((ms) => ms ?? 0));
  return (
    <svg class="spark" viewBox={`0 0 ${shown.length * kStep} ${kHeight}`} width={shown.length * kStep} height={kHeight} role="img" aria-label={`${label}, the last ${shown.length} runs`}>
      {shown.map((ms, at) => {
        const height = ms === null ? 1 : Math.max(1.5, (kHeight * ms) / most);
        return <rect key={at} class={ms === null ? "spark-none" : "spark-bar"} x={at * kStep} y={kHeight - height} width={kStep - 1} height={height} />;
      })}
    </svg>
  );
}
