// What every part of the page may need to know.

import { createContext } from "preact";
import type { Info } from "./types";

export type Theme = "light" | "dark";

export const ThemeContext = createContext<Theme>("light");
export const InfoContext = createContext<Info | null>(null);
