import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/mongod.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Faults are caused against real servers, and some show only in time: on a CI machine that is busy a test has a second try.
    retry: process.env.CI ? 1 : 0,
    // Two at once: each file drives a service, and they share one mongod.
    maxWorkers: 2,
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.cache/vitest-report.json' },
  },
});
