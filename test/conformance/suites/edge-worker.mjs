// examples/edge-worker under workerd, its state on disk. `npm run conformance -- --only "edge worker"` runs it alone.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const needed = ["workerd/package.json", "@cloudflare/workers-types/package.json"];

export const suite = {
  name: "edge worker",
  skip: () =>
    needed.every((path) => existsSync(modules + path)) ? null : "no workerd: npm run conformance -- --install",
  run: async ({ folder }) => {
    const parts = ["protocol", "bandits", "aden", "speed", "readme", "hostility"];
    const { build, start } = await import("../edge-worker/service.mjs");
    const { train } = await import("../edge-worker/aden.mjs");
    const copy = build(folder);
    const packed = createRequire(join(folder, "package.json"));
    const libraries = {
      wayward: await import(packed.resolve("wayward")),
      wayAden: await import(packed.resolve("wayward/aden")),
      ort: await import("onnxruntime-web"),
    };
    const { weights } = await train(libraries, "transition");
    const service = await start(copy);
    const outcomes = {};
    try {
      for (const part of parts) {
        const { checks } = await import(`../edge-worker/${part}.mjs`);
        for (const [title, check] of Object.entries(checks)) {
          outcomes[title] = await check({ ...libraries, service, copy, weights }).then(
            () => null,
            (error) => error.message,
          );
        }
      }
    } finally {
      await service.stop();
    }
    return outcomes;
  },
};
