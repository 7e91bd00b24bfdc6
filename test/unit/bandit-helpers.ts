import { readFileSync } from "node:fs";
import type { Bandit } from "../../src/bandit/bandit.js";
import { Solver } from "../../src/solver.js";

export const loadSolver = async () => new Solver(await WebAssembly.compile(readFileSync("dist/core.wasm")));

export type Reward = (arm: number, n: number) => number[];

/** Answers one ask from a stack of rewards; false when nothing is asked. */
export function step(bandit: Bandit, reward: Reward, counts: number[], pulled: number[]): boolean {
  const ask = bandit.ask();
  if (!ask) return false;
  bandit.tell(
    ask.round,
    ask.arms.map((arm) => {
      pulled.push(arm);
      return reward(arm, counts[arm]++);
    }),
  );
  return true;
}

/** Runs a bandit to its end; the arms in the order they were pulled. */
export function run(bandit: Bandit, arms: number, reward: Reward): number[] {
  const counts = new Array<number>(arms).fill(0);
  const pulled: number[] = [];
  while (step(bandit, reward, counts, pulled));
  return pulled;
}
