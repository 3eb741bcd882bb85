import { defineConfig } from 'vitest/config';

// One journey at a time and none twice: they measure.
export default defineConfig({
  test: {
    include: ['e2e/journeys/**/*.journey.ts'],
    environment: 'node',
    fileParallelism: false,
    pool: 'forks',
    retry: 0,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
