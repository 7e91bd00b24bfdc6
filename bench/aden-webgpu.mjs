// ADEN's training step on WebGPU against WASM, in a runtime with a GPU object: npm run bench -- aden starts this in
// Deno when Node has none. Says which adapter it ran on; times of a software adapter say nothing about hardware.
import { createAden } from "../dist/aden.js";
import { NETWORKS, StepTimer } from "./aden-steps.mjs";
import { heading, short, table, wayward } from "./tools.mjs";

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/** What the adapter calls itself, and whether it is software. */
async function describeAdapter() {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter();
  if (!adapter) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
  const name = description || [vendor, architecture, device].filter(Boolean).join(" ") || "unnamed";
  return { name, software: isFallbackAdapter === true || SOFTWARE.test(`${name} ${device} ${architecture}`) };
}

export async function runWebGpu(asked) {
  const adapter = await describeAdapter();
  if (!adapter) {
    console.log("WebGPU: skipped, this runtime has no adapter");
    return;
  }
  if (adapter.software && !asked) {
    console.log(
      `WebGPU: skipped, the adapter is software (${adapter.name}); npm run bench -- aden webgpu runs it anyway`,
    );
    return;
  }
  heading(`ADEN, one training step on WebGPU: ${adapter.name}${adapter.software ? " (software)" : ""}`);
  const solver = await wayward.createSolver();
  const [turns, steps] = adapter.software ? [1, 3] : [5, 20];
  const rows = [];
  for (const [head, layers, clusters] of adapter.software ? NETWORKS.slice(0, 1) : NETWORKS) {
    const least = {};
    for (const provider of ["wasm", "webgpu"]) {
      const aden = await createAden({ solver, dimensions: 2, head, layers, executionProviders: [provider] });
      const timer = new StepTimer(aden, clusters);
      await timer.run(2);
      const times = [];
      for (let turn = 0; turn < turns; turn++) times.push((await timer.run(steps)).wall);
      least[provider] = Math.min(...times);
      await aden.dispose();
    }
    rows.push([head, layers, clusters, short(least.webgpu), short(least.wasm), short(least.webgpu / least.wasm)]);
  }
  table(["head", "layers", "K", "WebGPU ms (wall)", "WASM ms (wall)", "WebGPU / WASM"], rows);
}

if (import.meta.main) await runWebGpu(process.argv.includes("asked"));
