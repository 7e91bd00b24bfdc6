// `wayward anneal` over shards: child processes of this machine, or whatever is at the other end of stdin and stdout.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Children, checkShards } from "../hosts/children.js";
import type { Line } from "../hosts/protocol.js";
import { Stdio } from "../hosts/stdio.js";
import { type AnnealOptions, createSolver, WaywardError } from "../index.js";
import { runKept } from "./checkpoint.js";
import { labelsCsv, SHARD, written } from "./options.js";
import { toJson, writeOutput } from "./output.js";
import { summarize } from "./summary.js";

export interface FarFlags {
  clusters: number;
  columns?: string[];
  weight?: string;
  shards?: number;
  sweeper?: string;
  format?: "csv" | "f64" | "f32";
  dimensions?: number;
  checkpoint?: string;
  json?: boolean;
  out?: string;
  labels?: string;
}

export async function annealFar(file: string, flags: FarFlags, options: AnnealOptions): Promise<void> {
  const labelsFile = flags.labels?.includes(SHARD) ? flags.labels : undefined;
  const far = flags.sweeper === undefined ? await startChildren(file, flags, labelsFile) : await Stdio.meet(labelsFile);
  try {
    const solver = await createSolver();
    const started = performance.now();
    const result = await runKept(flags.checkpoint, options, (saved) =>
      saved ? solver.restoreAnnealerAsync(far, saved) : solver.annealerAsync(far, options),
    );
    const seconds = (performance.now() - started) / 1000;
    const { labels, ...reported } = result;
    const json = toJson({ ...(labels.length > 0 ? result : reported), seconds });
    if (flags.out !== undefined) writeOutput(flags.out, json);
    const { names, hasHeader } = far instanceof Children ? far : { names: columns(far.dimensions), hasHeader: false };
    if (flags.labels !== undefined && labels.length > 0) writeOutput(flags.labels, labelsCsv({ hasHeader }, result));
    const name = far instanceof Children ? `${file}, ${flags.shards} shards` : far.name;
    const summary = summarize({ file: name, rows: far.rows, names }, result, undefined, seconds);
    (far instanceof Children ? process.stdout : process.stderr).write(flags.json ? json : summary + written(flags));
    if (far instanceof Stdio) await far.finish();
  } finally {
    far.close();
  }
}

function columns(dimensions: number): string[] {
  return Array.from({ length: dimensions }, (_, index) => `column ${index + 1}`);
}

/** `--shards n`: as many ranges of the file, about the same number of bytes each. */
function startChildren(file: string, flags: FarFlags, labelsFile: string | undefined): Promise<Children> {
  const command = [process.execPath, fileURLToPath(import.meta.url), "shard"] as const;
  return Children.start(command, sourcesOf(file, flags), labelsFile);
}

function sourcesOf(file: string, { shards = 1, format = "csv", dimensions, columns, weight }: FarFlags): Line[] {
  checkShards(shards);
  const size = sizeOf(file);
  const rowBytes = format === "csv" ? 1 : (format === "f64" ? 8 : 4) * (dimensions! + (weight === undefined ? 0 : 1));
  if (size % rowBytes !== 0)
    throw new WaywardError("input", `${file}: ${size} bytes, expected a multiple of ${rowBytes}, a row`);
  const cut = (index: number) => Math.floor((size / rowBytes) * (index / shards)) * rowBytes;
  return Array.from({ length: shards }, (_, index) => {
    const bytes = shards === 1 ? {} : { bytes: [cut(index), index === shards - 1 ? size : cut(index + 1)] };
    if (format === "csv") return { csv: file, ...bytes, columns, weight };
    return { binary: file, ...bytes, type: format, dimensions, weighted: weight !== undefined };
  });
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (cause) {
    throw new WaywardError("input", `${file}: cannot be read: ${(cause as Error).message}`);
  }
}
