// The frame around the views: where to go, in which theme, and the way in.

import { useCallback, useEffect, useState } from "preact/hooks";
import { useAnswer } from "./answer";
import { InfoContext, ThemeContext, type Theme } from "./context";
import { Help } from "./help";
import { useShortcuts } from "./keyboard";
import { Empty } from "./parts";
import { go, useRoute, type Route } from "./router";
import { SignIn } from "./sign_in";
import type { Info } from "./types";
import { CompareView } from "./views/compare";
import { GatewaysView } from "./views/gateways";
import { JobView } from "./views/job";
import { QueueView } from "./views/queue";
import { RunView } from "./views/run";
import { RunsView } from "./views/runs";
import { SchedulesView } from "./views/schedules";

const kPlaces: [string, string][] = [["runs", "Runs"], ["queue", "Queue"], ["gateways", "Gateways"], ["schedules", "Schedules"]];

export function App() {
  const route = useRoute();
  const [theme, toggleTheme] = useTheme();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const info = useAnswer<Info>("/info");
  useShortcuts({
    "g r": () => go("#/runs"),
    "g q": () => go("#/queue"),
    "g g": () => go("#/gateways"),
    "g s": () => go("#/schedules"),
    "/": () => findRuns(),
    "?": () => setIsHelpOpen(true),
    t: toggleTheme,
  });
  const isLockedOut = info.error?.status === 401;
  return (
    <ThemeContext.Provider value={theme}>
      <InfoContext.Provider value={info.value}>
        <a class="skip" href="#main" onClick={skipToMain}>To the content</a>
        <header class="top">
          <a class="brand" href="#/runs"><Mark /> Cellar</a>
          <nav aria-label="views">
            {kPlaces.map(([place, words]) => (
              <a key={place} href={`#/${place}`} aria-current={place === route.parts[0] ? "page" : undefined}>{words}</a>
            ))}
          </nav>
          <span class="top-store hint ellipsis" title="the store">{info.value?.store}</span>
          <button class="icon" onClick={toggleTheme} aria-label={theme === "dark" ? "Light theme" : "Dark theme"} title="Theme (t)"><ThemeSign theme={theme} /></button>
          <button class="icon" onClick={() => setIsHelpOpen(true)} aria-label="Keys" title="Keys (?)"><span aria-hidden="true">?</span></button>
        </header>
        <main id="main" tabIndex={-1}>{isLockedOut ? <SignIn error={info.error!} onDone={() => location.reload()} /> : <View key={route.parts.join("/")} route={route} />}</main>
        <Help isOpen={isHelpOpen} onClose={() => setIsHelpOpen(false)} version={info.value?.version ?? ""} />
      </InfoContext.Provider>
    </ThemeContext.Provider>
  );
}

function View({ route }: { route: Route }) {
  const [place, one, two, three] = route.parts;
  if (place === "runs" && one && two === "attempts" && three) return <RunView run={one} attempt={Number(three)} />;
  if (place === "runs" && one) return <RunView run={one} attempt={null} />;
  if (place === "runs") return <RunsView query={route.query} />;
  if (place === "jobs" && one) return <JobView job={one} />;
  if (place === "compare" && one && two) return <CompareView a={one} b={two} />;
  if (place === "queue") return <QueueView />;
  if (place === "gateways") return <GatewaysView />;
  if (place === "schedules") return <SchedulesView />;
  return <Empty title="There is no such view"><p><a href="#/runs">To the runs</a></p></Empty>;
}

/// The address belongs to the views, so the link moves the focus itself.
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")!.focus();
}

function findRuns(): void {
  const focus = () => document.getElementById("search")?.focus();
  if (document.getElementById("search")) return focus();
  go("#/runs");
  setTimeout(focus, 150);
}

function useTheme(): [Theme, () => void] {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? (system.matches ? "dark" : "light");
  const [theme, setTheme] = useState<Theme>(read);
  useEffect(() => {
    const onChange = () => setTheme(read());
    system.addEventListener("change", onChange);
    return () => system.removeEventListener("change", onChange);
  }, []);
  const toggle = useCallback(() => {
    const next: Theme = read() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("cellar.theme", next);
    } catch {
      // Storage may be forbidden; then it holds for this tab.
    }
    setTheme(next);
  }, []);
  return [theme, toggle];
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
      <path d="M5 27V15a11 11 0 0 1 22 0v12" fill="none" stroke="currentColor" stroke-width="3" />
      <circle cx="12" cy="17" r="2.7" /><circle cx="20" cy="17" r="2.7" /><circle cx="12" cy="24.5" r="2.7" /><circle cx="20" cy="24.5" r="2.7" />
    </svg>
  );
}

function ThemeSign({ theme }: { theme: Theme }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {theme === "dark" ? (
        <g fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round">
          <circle cx="8" cy="8" r="3" /><path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
        </g>
      ) : (
        <path d="M13.5 10A6 6 0 0 1 6 2.5 6 6 0 1 0 13.5 10Z" fill="currentColor" />
      )}
    </svg>
  );
}
