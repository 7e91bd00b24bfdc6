/** What a link holds: everything that was chosen, nothing that can be computed from it. */
import { PRESET_DEFAULTS, PRESETS, type Preset } from "./data/presets.js";

export const TABS = ["anneal", "bandit", "learn"] as const;
export type Tab = (typeof TABS)[number];
export const METHODS = ["counts", "qlearning", "aden", "auto"] as const;
export type Method = (typeof METHODS)[number];

export interface State {
  tab: Tab;
  data: Preset | "csv";
  /** Own data, packed by `data/link.ts`; empty where they are too long for a link. */
  csv: string;
  clusters: number;
  kappa: number;
  zeta: number;
  gamma: number;
  /** In squared data units. */
  temperature: number;
  schedule: "geometric" | "auto";
  /** Factor between two betas of the geometric schedule. */
  growth: number;
  seed: number;
  /** Where the playback stands, 0 (first beta) to 1 (infinity). */
  at: number;
  /** Overlay the solution that ignores autonomy. */
  ignored: boolean;
  arms: number;
  groups: number;
  /** Distance between neighboring group means. */
  gap: number;
  /** Standard deviation of a pull, each coordinate. */
  noise: number;
  delta: number;
  banditSeed: number;
  methods: Method[];
  /** Budget of counts and auto; Q-learning gets ten times as many. */
  interactions: number;
}

type Kinds = {
  choice: { kind: "choice"; of: readonly string[] };
  number: { kind: "number"; min: number; max: number; integer?: boolean };
  text: { kind: "text" };
  flag: { kind: "flag" };
  list: { kind: "list"; of: readonly string[] };
};
type Field = Kinds[keyof Kinds];

const MOST_SEED = 2 ** 31 - 1;
export const FIELDS: Record<keyof State, Field> = {
  tab: { kind: "choice", of: TABS },
  data: { kind: "choice", of: [...PRESETS, "csv"] },
  csv: { kind: "text" },
  clusters: { kind: "number", min: 1, max: 25, integer: true },
  kappa: { kind: "number", min: 0, max: 0.95 },
  zeta: { kind: "number", min: 0, max: 3 },
  gamma: { kind: "number", min: 0, max: 3 },
  temperature: { kind: "number", min: 1e-30, max: 1e30 },
  schedule: { kind: "choice", of: ["geometric", "auto"] },
  growth: { kind: "number", min: 1.02, max: 1.5 },
  seed: { kind: "number", min: 0, max: MOST_SEED, integer: true },
  at: { kind: "number", min: 0, max: 1 },
  ignored: { kind: "flag" },
  arms: { kind: "number", min: 4, max: 24, integer: true },
  groups: { kind: "number", min: 2, max: 6, integer: true },
  gap: { kind: "number", min: 0.5, max: 6 },
  noise: { kind: "number", min: 0.25, max: 3 },
  delta: { kind: "number", min: 1e-6, max: 0.5 },
  banditSeed: { kind: "number", min: 0, max: MOST_SEED, integer: true },
  methods: { kind: "list", of: METHODS },
  interactions: { kind: "number", min: 1000, max: 1_000_000, integer: true },
};

/** The state before anyone touched it, with the autonomy that suits the data. */
export function defaultsFor(data: State["data"]): State {
  return {
    tab: "anneal",
    data,
    csv: "",
    ...PRESET_DEFAULTS[data === "csv" ? "blobs4" : data],
    schedule: "geometric",
    growth: 1.06,
    seed: 0,
    at: 1,
    ignored: false,
    arms: 11,
    groups: 4,
    gap: 2,
    noise: 1,
    delta: 0.01,
    banditSeed: 1,
    methods: ["counts", "qlearning", "aden"],
    interactions: 100_000,
  };
}

/** The fragment of a link: the tab, then whatever differs from the defaults. */
export function toFragment(state: State): string {
  const plain = defaultsFor(state.data);
  const parameters = new URLSearchParams();
  if (state.data !== "blobs4") parameters.set("data", state.data);
  for (const [name, field] of Object.entries(FIELDS) as [keyof State, Field][]) {
    if (name === "tab" || name === "data" || String(state[name]) === String(plain[name])) continue;
    parameters.set(name, field.kind === "flag" ? (state[name] ? "1" : "0") : String(state[name]));
  }
  const text = parameters.toString();
  return `#${state.tab}${text ? `?${text}` : ""}`;
}

/** Reads a link. Whatever it cannot mean is left at its default: a link never breaks the page. */
export function fromFragment(fragment: string): State {
  const [tab, query = ""] = fragment.replace(/^#/, "").split("?");
  const parameters = new URLSearchParams(query);
  const data = (read(FIELDS.data, parameters.get("data")) ?? "blobs4") as State["data"];
  const state = defaultsFor(data);
  state.tab = (read(FIELDS.tab, tab) ?? "anneal") as Tab;
  for (const [name, field] of Object.entries(FIELDS)) {
    if (name === "tab" || name === "data") continue;
    const value = read(field, parameters.get(name));
    if (value !== undefined) Object.assign(state, { [name]: value });
  }
  state.groups = Math.min(state.groups, state.arms);
  return state;
}

function read(field: Field, text: string | null): string | number | boolean | string[] | undefined {
  if (text === null) return undefined;
  switch (field.kind) {
    case "text":
      return text;
    case "flag":
      return text === "1";
    case "choice":
      return field.of.includes(text) ? text : undefined;
    case "list":
      return field.of.filter((name) => text.split(",").includes(name));
    case "number":
      return readNumber(field, text);
  }
}

function readNumber({ min, max, integer }: Kinds["number"], text: string): number | undefined {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return undefined;
  const clamped = Math.min(Math.max(value, min), max);
  return integer ? Math.round(clamped) : clamped;
}
