import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const built = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

/** The built library, with the types of its source. */
export const library = (await import(built("index.js"))) as typeof import("../../src/index.js");

/** What a run of the built command line tool said. */
export interface Told {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A folder of its own, and the command line tool run in it. */
export function workshop() {
  const folder = mkdtempSync(join(tmpdir(), "wayward-cli-"));
  const path = (name: string) => join(folder, name);
  return {
    folder,
    path,
    /** Writes a file and returns its name. */
    file(name: string, text: string): string {
      writeFileSync(path(name), text);
      return name;
    },
    read: (name: string) => readFileSync(path(name), "utf8"),
    /** `wayward` with these arguments; `input` goes to stdin. */
    run(args: string[], input = ""): Told {
      const { status, stdout, stderr } = spawnSync(process.execPath, [built("cli.js"), ...args], {
        cwd: folder,
        input,
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      return { status, stdout, stderr };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Three clusters of `each` points, by integers alone. */
export function threeClusters(each: number): number[][] {
  const corners = [
    [0, 0],
    [10, 1],
    [4, 9],
  ];
  return corners.flatMap(([x, y], corner) =>
    Array.from({ length: each }, (_, index) => [
      x + (((index * 37 + corner * 11) % 100) - 50) / 40,
      y + (((index * 73 + corner * 29) % 100) - 50) / 40,
    ]),
  );
}

export function toCsv(rows: readonly (readonly (number | string)[])[], header?: string): string {
  return [...(header ? [header] : []), ...rows.map((row) => row.join(","))].join("\n");
}
