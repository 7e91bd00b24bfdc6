import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{unit,golden,package}/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
